import { $, on } from './dom.js'

// Money: after leaving the field the reading of what was typed is shown under it. Only
// the server decides; this is a mirror for the eyes (dots, commas and simple sums).
export const readAmount = (text) => {
  const clean = text.replace(/[\s\u00a0€]/g, '').replace(/−/g, '-')
  if (!/^[-\d.,+*/()]+$/.test(clean) || !/\d/.test(clean)) return null
  const number = (part) => {
    if (part.includes(',')) return /^-?\d{1,3}(\.\d{3})*,\d+$|^-?\d+,\d+$/.test(part) ? Number(part.replaceAll('.', '').replace(',', '.')) : NaN
    if (/^-?\d+\.\d{1,2}$/.test(part)) return Number(part)
    return /^-?\d{1,3}(\.\d{3})+$/.test(part) ? Number(part.replaceAll('.', '')) : Number(part)
  }
  const product = (term) => term.split('*').map(number).reduce((a, b) => a * b, 1)
  const terms = clean.match(/[+-]?[^+-]+/g)
  if (!terms || /[/()]/.test(clean)) return null
  const sum = terms.reduce((total, term) => total + (term.startsWith('-') ? -product(term.slice(1)) : product(term.replace('+', ''))), 0)
  return Number.isFinite(sum) ? sum : null
}
export const spanish = (value, decimals = 2) => {
  const [whole, rest] = Math.abs(value).toFixed(decimals).split('.')
  return `${value < 0 ? '−' : ''}${whole.replace(/\B(?=(\d{3})+$)/g, '.')}${rest ? `,${rest}` : ''}`
}
on('focusout', '[data-amount]', (_, input) => {
  const out = input.closest('.field')?.querySelector('.reading')
  if (!out) return
  const value = readAmount(input.value)
  out.textContent = value === null || input.value === '' || spanish(value) === input.value.trim() ? '' : `= ${spanish(value)} ${input.dataset.amount}`
})

// Dates: text with a calendar button; the native picker writes dd/mm/yyyy into the text.
on('click', '[data-calendar]', (event, button) => {
  event.preventDefault()
  const box = button.closest('.in-date')
  const native = $('.in-native', box)
  const match = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec($('.in', box).value.trim())
  if (match) native.value = `${match[3]}-${match[2].padStart(2, '0')}-${match[1].padStart(2, '0')}`
  native.showPicker?.()
})
on('change', '.in-native', (_, native) => {
  const input = $('.in', native.closest('.in-date'))
  const [year, month, day] = native.value.split('-')
  if (!day) return
  input.value = `${day}/${month}/${year}`
  input.dispatchEvent(new Event('input', { bubbles: true }))
  input.dispatchEvent(new Event('change', { bubbles: true }))
  input.focus()
})
on('input', 'input[type=color][data-for]', (_, input) => { document.getElementById(input.dataset.for).value = input.value })
on('click', '[data-copy]', async (_, button) => {
  await navigator.clipboard.writeText(button.dataset.copy)
  const { toast } = await import('./toasts.js')
  toast(button.dataset.copied || '✓')
})
on('click', '[data-print]', () => print())
