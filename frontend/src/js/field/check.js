// Checks that need no server: the letter of a NIF, an address, and who may be the same.
import { fold } from './ui.js'

const LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE'
const CONTROL = 'JABCDEFGHI'

/** Whether a Spanish NIF has the right control (DNI, NIE, K/L/M, or of an entity). */
export const nifIsGood = (typed) => {
  let value = typed.toUpperCase().replace(/[\s./-]/g, '')
  if (value.length === 11 && value.startsWith('ES')) value = value.slice(2)
  if (/^\d{7}[A-Z]$/.test(value)) value = `0${value}`
  if (/^\d{8}[A-Z]$/.test(value)) return LETTERS[Number(value.slice(0, 8)) % 23] === value[8]
  if (/^[XYZ]\d{7}[A-Z]$/.test(value)) return LETTERS[Number('XYZ'.indexOf(value[0]) + value.slice(1, 8)) % 23] === value[8]
  if (/^[KLM]\d{7}[A-Z]$/.test(value)) return LETTERS[Number(value.slice(1, 8)) % 23] === value[8]
  if (!/^[ABCDEFGHJNPQRSUVW]\d{7}[\dA-J]$/.test(value)) return false
  let sum = 0
  for (let index = 0; index < 7; index += 1) {
    const digit = Number(value[index + 1]) * (index % 2 ? 1 : 2)
    sum += Math.floor(digit / 10) + (digit % 10)
  }
  const digit = (10 - (sum % 10)) % 10
  return value[8] === String(digit) || value[8] === CONTROL[digit]
}
export const emailIsGood = (typed) => /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/.test(typed.trim())

const digits = (phone) => phone.replace(/\D/g, '').replace(/^(0034|34)(?=\d{9}$)/, '')
const FORMS = /\s(s ?l ?u?|s ?a ?u?|s ?c ?p?|c ?b|sociedad (limitada|anonima))$/
const nameKey = (name) => fold(name).replace(/[^\p{L}\p{N}]+/gu, ' ').trim().replace(FORMS, '')

/** The clients that may be the same as what is typed: [{ client, why: [same_nif…] }]. */
export const lookalikes = (clients, { name, phone, email, nif }) => {
  const key = nameKey(name)
  const bare = nif.toUpperCase().replace(/[\s./-]/g, '')
  const mail = email.trim().toLowerCase()
  const found = []
  for (const client of clients) {
    const why = []
    if (bare && client.nif === bare) why.push('same_nif')
    if (mail && client.email?.toLowerCase() === mail) why.push('same_email')
    if (phone && client.phone && digits(client.phone) === digits(phone)) why.push('same_phone')
    if (key.length > 3 && [client.name, client.legal].some((one) => one && nameKey(one) === key)) why.push('same_name')
    if (why.length) found.push({ client, why })
  }
  return found.sort((one, other) => other.why.length - one.why.length)
}
