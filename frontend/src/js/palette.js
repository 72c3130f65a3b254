import { $, $$, on } from './dom.js'

let timer, controller
const box = () => $('#paleta')
export const openPalette = (text = '') => {
  const palette = box()
  if (!palette || palette.open) return
  palette.showModal()
  const input = $('input', palette)
  input.value = text
  input.select()
  search(palette, text)
}
const hits = (palette) => $$('.hit', palette)
const mark = (palette, at) => {
  const all = hits(palette)
  const input = $('input', palette)
  all.forEach((hit, index) => {
    hit.id ||= `hit-${index}`
    hit.setAttribute('aria-selected', String(index === at))
  })
  if (all[at]) { input.setAttribute('aria-activedescendant', all[at].id); all[at].scrollIntoView({ block: 'nearest' }) } else input.removeAttribute('aria-activedescendant')
}
const current = (palette) => hits(palette).findIndex((hit) => hit.getAttribute('aria-selected') === 'true')
const search = async (palette, text) => {
  controller?.abort()
  controller = new AbortController()
  try {
    const answer = await fetch(`${palette.dataset.src}?q=${encodeURIComponent(text)}`, { headers: { 'HX-Request': 'true', 'HX-Target': 'paleta-resultados' }, signal: controller.signal })
    if (!answer.ok) return
    $('#paleta-resultados', palette).innerHTML = await answer.text()
    mark(palette, 0)
  } catch (error) { if (error.name !== 'AbortError') throw error }
}
on('click', '[data-palette]', (event) => { event.preventDefault(); openPalette() })
on('input', '#paleta input', (event) => {
  clearTimeout(timer)
  timer = setTimeout(() => search(box(), event.target.value), 120)
})
on('keydown', '#paleta input', (event) => {
  const palette = box()
  const all = hits(palette)
  const at = current(palette)
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault()
    mark(palette, (at + (event.key === 'ArrowDown' ? 1 : -1) + all.length) % (all.length || 1))
  } else if (event.key === 'Enter' && all[at]) {
    event.preventDefault()
    event.stopPropagation()
    if (event.ctrlKey || event.metaKey) open(all[at].href, '_blank')
    else location.href = all[at].href
  }
})
document.addEventListener('click', (event) => { if (event.target === box()) box().close() })
document.addEventListener('keydown', (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') { event.preventDefault(); openPalette() }
})
