import { $, $$, on } from './dom.js'

// Tabs of a ficha load into #panel: move the mark at once.
on('click', '.ficha-tabs > a, [data-tabs] > a', (_, tab) => {
  for (const other of $$('a', tab.parentElement)) {
    if (other === tab) other.setAttribute('aria-current', 'page')
    else other.removeAttribute('aria-current')
  }
})
// A lazy card that did not come says so and offers another try.
for (const type of ['htmx:responseError', 'htmx:sendError', 'htmx:timeout']) {
  document.addEventListener(type, (event) => {
    const card = event.target.closest?.('[data-lazy]')
    if (!card) return
    const words = $('#tarjeta-fallida')
    if (words) card.replaceChildren(words.content.cloneNode(true))
  })
}
on('click', '[data-retry]', (_, button) => {
  const card = button.closest('[data-lazy]')
  import('./swap.js').then(({ default: htmx }) => htmx.ajax('GET', card.getAttribute('hx-get'), { source: card, target: card, swap: 'outerHTML' }))
})
// «Vista previa» on the phone: the document takes the whole screen.
on('click', '[data-preview]', (event) => { event.preventDefault(); $('.edit-doc')?.classList.toggle('show') })
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') $('.edit-doc.show')?.classList.remove('show') })
