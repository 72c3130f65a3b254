import { $, on, onContent } from './dom.js'

// A field changed where it is read: Intro saves because it is a form, Esc leaves it as it was, and
// the focus follows what changed.
on('keydown', '.inplace.is-open', (event, place) => {
  if (event.key !== 'Escape') return
  event.stopPropagation()
  $('[data-cancel]', place).click()
})
onContent((root) => {
  if (!(root instanceof Element) || !root.matches('.inplace')) return
  const input = $('input:not([type=hidden])', root)
  if (input) { input.focus(); input.select() } else $('.inplace-open', root)?.focus()
})
