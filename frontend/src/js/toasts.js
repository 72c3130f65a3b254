import { $, $$, fragment, on, onContent } from './dom.js'

// <div class="toast" data-life="5">; the server renders them (ui/toast.html).
const leave = (toast) => {
  toast.classList.add('leaving')
  setTimeout(() => toast.remove(), 220)
}
const start = (toast) => {
  if (toast.dataset.started) return
  toast.dataset.started = '1'
  const life = Number(toast.dataset.life || 5) * 1000
  let timer = setTimeout(() => leave(toast), life)
  const hold = () => clearTimeout(timer)
  const again = () => { clearTimeout(timer); timer = setTimeout(() => leave(toast), life) }
  toast.addEventListener('mouseenter', hold)
  toast.addEventListener('focusin', hold)
  toast.addEventListener('mouseleave', again)
  toast.addEventListener('focusout', again)
}
onContent((root) => {
  for (const toast of $$('.toast', root)) start(toast)
  if (root instanceof Element && root.matches('.toast')) start(root)
})
on('click', '[data-close-toast]', (_, button) => leave(button.closest('.toast')))

/** Show a message that did not come from the server. */
export const toast = (text, tone = '') => {
  const region = $('#avisos')
  if (!region) return
  region.append(fragment(`<div class="toast${tone ? ` toast-${tone}` : ''}"><span></span></div>`))
  const element = region.lastElementChild
  $('span', element).textContent = text
  start(element)
}

const words = (name) => document.body.dataset[name] || ''
document.addEventListener('htmx:sendError', () => toast(words('sayOffline'), 'bad'))
document.addEventListener('htmx:timeout', () => toast(words('sayOffline'), 'bad'))
document.addEventListener('htmx:responseError', (event) => {
  const status = event.detail.xhr.status
  if (status === 401) location.reload()
  else toast(words(status === 403 ? 'sayForbidden' : status === 404 ? 'sayMissing' : 'sayFailed'), 'bad')
})

const network = () => document.documentElement.classList.toggle('is-offline', navigator.onLine === false)
addEventListener('online', network)
addEventListener('offline', network)
network()
