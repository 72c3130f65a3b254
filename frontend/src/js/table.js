import htmx from './swap.js'
import { $, $$, isTyping, on, say } from './dom.js'

// Lists: choosing rows, the bulk bar, and J K X Intro.
const rows = () => $$('#tabla [data-row]').filter((row) => row.offsetParent !== null)
const boxes = () => $$('#tabla input[name=id]')
const refresh = () => {
  const all = boxes()
  const chosen = all.filter((box) => box.checked)
  const head = $('#tabla [data-check-all]')
  if (head) { head.checked = all.length > 0 && chosen.length === all.length; head.indeterminate = chosen.length > 0 && chosen.length < all.length }
  const bar = $('.bulk')
  if (!bar) return
  bar.classList.toggle('show', chosen.length > 0)
  const whole = $('[name=todas]', bar)
  if (whole && chosen.length < all.length) whole.value = ''
  const count = $('[data-chosen]', bar)
  const n = whole?.value ? bar.dataset.total : chosen.length
  if (count) count.textContent = (String(n) === '1' ? bar.dataset.one : bar.dataset.many).replace('%', n)
  const every = $('[data-choose-filter]', bar)
  if (every) every.hidden = !(chosen.length === all.length && all.length > 0) || Boolean(whole?.value)
}
// The head sticks to the window unless the table is wider than its card, which then scrolls.
const fit = () => {
  for (const wrap of $$('.t-wrap')) {
    wrap.classList.remove('fits')
    wrap.classList.toggle('fits', wrap.scrollWidth <= wrap.clientWidth)
  }
}
addEventListener('resize', fit)
document.addEventListener('DOMContentLoaded', fit)
document.addEventListener('htmx:afterSettle', fit)
document.fonts?.ready.then(fit)

let last = null
on('click', '#tabla input[name=id]', (event, box) => {
  if (event.shiftKey && last) {
    const all = boxes()
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b)
    for (const other of all.slice(from, to + 1)) other.checked = box.checked
  }
  last = box
  refresh()
})
on('change', '#tabla [data-check-all]', (_, head) => { for (const box of boxes()) box.checked = head.checked; refresh() })
on('click', '[data-choose-filter]', () => { $('.bulk [name=todas]').value = '1'; refresh(); say($('[data-chosen]').textContent) })
on('click', '[data-choose-none]', (event) => { event.preventDefault(); for (const box of boxes()) box.checked = false; refresh() })
document.addEventListener('htmx:afterSettle', refresh)
document.addEventListener('DOMContentLoaded', refresh)
addEventListener('pageshow', refresh)

// Something done in the drawer changed a row: ask for the list again, where it was.
document.addEventListener('lonja:listChanged', () => {
  if (!$('#tabla')) return
  const here = new URL(location.href)
  here.searchParams.delete('ver')
  htmx.ajax('GET', here.href, { target: '#tabla', swap: 'morph', headers: { 'HX-Target': 'tabla' } })
})

let at_row = ''
// The row one was at stays marked when the list beneath is asked for again.
document.addEventListener('htmx:afterSettle', () => {
  if (at_row && !$('#tabla .cursor')) document.getElementById(at_row)?.classList.add('cursor')
})
const move = (step) => {
  const all = rows()
  if (!all.length) return
  const at = all.findIndex((row) => row.classList.contains('cursor'))
  all[at]?.classList.remove('cursor')
  const next = all[Math.max(0, Math.min(all.length - 1, at + step))]
  next.classList.add('cursor')
  at_row = next.id
  next.scrollIntoView({ block: 'nearest' })
  $('a.key, a.mcard', next)?.focus({ preventScroll: true })
}
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || $('dialog[open]')) return
  if (localStorage.getItem('lonja.atajos') === 'no' || !$('#tabla')) return
  const cursor = $('#tabla .cursor')
  if (event.key === 'j' || event.key === 'k') { event.preventDefault(); move(event.key === 'j' ? 1 : -1) }
  else if (event.key === 'x' && cursor) { event.preventDefault(); $('input[name=id]', cursor)?.click() }
  else if ('ea'.includes(event.key) && cursor) { const act = $(`[data-row-key="${event.key}"]`, cursor); if (act) { event.preventDefault(); act.click() } }
  else if (event.key === '.' && cursor) { const menu = $('details.menu', cursor); if (menu) { event.preventDefault(); menu.open = true; $('.menu-item', menu)?.focus() } }
})

// Filters inside menus answer at once; without JavaScript the form has a button.
on('change', '[data-auto-submit] input, [data-auto-submit] select', (_, input) => {
  if (input.type === 'text' || input.type === 'search') return
  input.form.requestSubmit()
})
// Columns: up and down without dragging.
on('click', '[data-move]', (event, button) => {
  event.preventDefault()
  const item = button.closest('li')
  if (button.dataset.move === 'up') item.previousElementSibling?.before(item)
  else item.nextElementSibling?.after(item)
  button.focus()
  say($('label', item)?.textContent.trim())
})
export { htmx }
