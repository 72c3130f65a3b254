export const $ = (selector, root = document) => root.querySelector(selector)
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)]

/** Call `fn(event, element)` for events inside elements that match `selector`, now and later. */
export const on = (type, selector, fn, options) =>
  document.addEventListener(type, (event) => {
    const element = event.target instanceof Element && event.target.closest(selector)
    if (element) fn(event, element)
  }, options)

/** Call `fn(root)` once for the page and once for everything htmx brings in later. */
export const onContent = (fn) => {
  document.addEventListener('DOMContentLoaded', () => fn(document))
  document.addEventListener('htmx:load', (event) => { if (event.target !== document.body) fn(event.target) })
}

export const isTyping = (target) =>
  target instanceof Element && (target.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]') !== null)

export const cookie = (name) =>
  document.cookie.split('; ').find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1)

export const say = (text) => {
  const region = $('#anuncio')
  if (region) region.textContent = text
}

export const fragment = (html) => {
  const template = document.createElement('template')
  template.innerHTML = html
  return template.content
}
