import { $, $$ } from '../dom.js'

// Passkeys (WebAuthn level 3, §5.1: the browser itself reads and writes its JSON).
//
//   <form data-passkey="create|get" data-options='{"publicKey": …}' hidden>
//     <input type="hidden" name="credential"> <button> [data-passkey-problem hidden]
//   <… data-passkey-instead>: shown where the browser or the address has no passkeys
//
// Without data-options they are asked of the form's own address when the button is pressed.
const able = () => window.isSecureContext && 'PublicKeyCredential' in window
  && 'parseCreationOptionsFromJSON' in PublicKeyCredential

const options = async (form) => {
  if (form.dataset.options) return JSON.parse(form.dataset.options)
  const body = new FormData(form)
  body.delete('credential')
  const answer = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'application/json' } })
  if (!answer.ok) throw new Error(String(answer.status))
  return answer.json()
}

const ceremony = {
  create: ({ publicKey }) => navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey),
  }),
  get: ({ publicKey }) => navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey),
  }),
}

const say = (form, words) => {
  const problem = $('[data-passkey-problem]', form)
  problem.hidden = !words
  problem.textContent = words || ''
}

const prepare = (form) => {
  form.hidden = false
  let busy = false
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (busy) return
    busy = true
    say(form, '')
    try {
      const credential = await ceremony[form.dataset.passkey](await options(form))
      form.elements.credential.value = JSON.stringify(credential.toJSON())
      form.submit()
    } catch (error) {
      busy = false
      say(form, error.name === 'InvalidStateError' ? form.dataset.sayRepeated : form.dataset.sayCancelled)
    }
  })
}

export const start = (root) => {
  if (!able()) return
  for (const note of $$('[data-passkey-instead]', root)) note.hidden = true
  for (const form of $$('form[data-passkey]', root)) if (form.hidden) prepare(form)
}
