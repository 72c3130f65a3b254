import htmx from './swap.js'
import { $, on } from './dom.js'

// Opened as a page of its own, what a drawer holds is an ordinary form: no htmx, no drawer to close.
for (const form of document.querySelectorAll('main form[hx-target="#cajon"]')) {
  if (!form.closest('#cajon')) form.removeAttribute('hx-post')
}

// A link with data-drawer="<id>" opens its page in the drawer; ?ver=<id> is the state.
const drawer = () => $('#cajon')
const setUrl = (value) => {
  const url = new URL(location.href)
  if (value) url.searchParams.set('ver', value)
  else url.searchParams.delete('ver')
  if (url.href !== location.href) history.pushState({ cajon: value }, '', url)
}
export const openDrawer = async (href, id) => {
  const box = drawer()
  if (!box) { location.href = href; return }
  if (id) setUrl(id)
  if (!box.open) box.showModal()
  box.setAttribute('aria-busy', 'true')
  await htmx.ajax('GET', href, { target: '#cajon', swap: 'innerHTML' })
  box.removeAttribute('aria-busy')
  const focus = $('[autofocus], .problem', box) ?? $('h1, h2', box)
  if (focus) { focus.tabIndex = focus.tabIndex < 0 ? -1 : focus.tabIndex; focus.focus() }
}
on('click', 'a[data-drawer]', (event, link) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return
  event.preventDefault()
  openDrawer(link.href, link.dataset.drawer)
})
on('click', '[data-close-drawer]', (event) => { event.preventDefault(); drawer()?.close() })
document.addEventListener('click', (event) => { if (event.target === drawer()) drawer().close() })
document.addEventListener('DOMContentLoaded', () => {
  const box = drawer()
  if (!box) return
  box.addEventListener('close', () => { box.replaceChildren(); setUrl('') })
  const follow = () => {
    const id = new URL(location.href).searchParams.get('ver')
    if (!id) return box.open && box.close()
    const link = $(`a[data-drawer="${CSS.escape(id)}"]`)
    const href = link?.href ?? (box.dataset.src && box.dataset.src.replace('0', id))
    if (href && !box.open) openDrawer(href, id)
  }
  addEventListener('popstate', follow)
  follow()
})
// A form in the drawer answers 204 + HX-Trigger: {"lonja:closeDrawer": …} when done.
document.addEventListener('lonja:closeDrawer', () => drawer()?.close())
// What was just created in the drawer is chosen in the page beneath: {"lonja:created": {value, text}}.
document.addEventListener('lonja:created', (event) => {
  const select = $('form select[name=party]')
  const { value, text } = event.detail
  if (!select) return
  if (select.tomselect) {
    select.tomselect.addOption({ value, text })
    select.tomselect.setValue(String(value))
  } else {
    select.append(new Option(text, value, true, true))
    select.dispatchEvent(new Event('change', { bubbles: true }))
  }
})
