import { $, $$, isTyping, on } from './dom.js'

// Single letters can be switched off (WCAG 2.1.4): kept in this browser.
const enabled = () => localStorage.getItem('lonja.atajos') !== 'no'
let waiting = false, timer

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
  if (!enabled() || $('dialog[open]')) return
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  if (waiting) {
    waiting = false
    clearTimeout(timer)
    const link = $(`[data-go="${CSS.escape(key)}"]`)
    if (link) { event.preventDefault(); link.click() }
    return
  }
  if (key === 'g') { waiting = true; timer = setTimeout(() => { waiting = false }, 1500); return }
  if (key === '?') { event.preventDefault(); $('#atajos')?.showModal(); return }
  if (key === '/') {
    const search = $('[data-page-search]') ?? $('[data-palette]')
    if (search) { event.preventDefault(); search.matches('input') ? search.focus() : search.click() }
    return
  }
  if (key === 'n') {
    const menu = $('#menu-nuevo')
    if (menu) { event.preventDefault(); menu.open = true; $('.menu-item', menu)?.focus() }
    return
  }
  if (/^[1-8]$/.test(key)) {
    const tab = $$('.ficha-tabs > a')[Number(key) - 1]
    if (tab) { event.preventDefault(); tab.click() }
    return
  }
  // What the page itself offers goes before the «Nuevo» menu, which may use the same letter.
  const named = `[data-key="${CSS.escape(key)}"]`
  const button = $(`main ${named}`) ?? $(named)
  if (button) { event.preventDefault(); button.click() }
})
on('click', '[data-open-shortcuts]', (event) => { event.preventDefault(); $('#atajos')?.showModal() })
document.addEventListener('DOMContentLoaded', () => {
  const box = $('#atajos-activos')
  if (!box) return
  box.checked = enabled()
  box.addEventListener('change', () => localStorage.setItem('lonja.atajos', box.checked ? 'si' : 'no'))
})
