// Elements made by hand: texts are always texts, so nothing a client is called becomes HTML.
const data = (id) => JSON.parse(document.getElementById(id)?.textContent ?? '{}')
export const settings = data('ajustes')
const words = data('palabras')

/** The words of a key; `{name}` is filled in. */
export const t = (key, values = {}) =>
  (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole)
export const steps = words.steps ?? []

/** h('button', { class: 'btn', onclick: fn }, 'text', child): an element. */
export const h = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else if (name === 'value' || name === 'checked') element[name] = value
    else element.setAttribute(name, value === true ? '' : value)
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false))
  return element
}

export const icon = (name, size = '') => {
  const kept = document.querySelector(`template[data-icon="${name}"]`)
  const svg = kept ? kept.content.firstElementChild.cloneNode(true) : document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('class', `i ${size}`)
  return svg
}

export const say = (text) => { document.getElementById('anuncio').textContent = text }

/** A labelled field; `error` is written above it. */
export const field = (name, label, { type = 'text', value = '', hint = '', optional = false, error = '', ...more } = {}) => {
  const id = `c-${name}`
  const said = [hint && `${id}-pista`, error && `${id}-error`].filter(Boolean).join(' ')
  const control = more.rows
    ? h('textarea', { id, name, rows: more.rows, class: 'in', value })
    : h('input', { id, name, type, class: 'in', value, ...more, 'aria-describedby': said || null, 'aria-invalid': error ? 'true' : null })
  return h('div', { class: 'field' },
    h('label', { class: 'label', for: id }, label, optional ? h('span', { class: 'opt' }, ` ${t('optional')}`) : null),
    hint ? h('p', { class: 'hint', id: `${id}-pista` }, hint) : null,
    error ? h('p', { class: 'error', id: `${id}-error` }, icon('alert-triangle', 's'), error) : null,
    control)
}

export const check = (name, label, checked = false, onchange = null) =>
  h('label', { class: 'choice' }, h('input', { type: 'checkbox', class: 'check', name, checked, onchange }), h('span', {}, label))

/** A sheet from below, closed with Esc or its button. Focus goes in and comes back. */
export const sheet = (title, ...children) => {
  const close = () => dialog.close()
  const dialog = h('dialog', { class: 'sheet', 'aria-label': title },
    h('div', { class: 'sheet-head' }, h('h2', {}, title),
      h('button', { type: 'button', class: 'icon-btn', 'aria-label': t('close'), onclick: close }, icon('x'))),
    ...children)
  dialog.addEventListener('close', () => dialog.remove())
  dialog.addEventListener('click', (event) => { if (event.target === dialog) close() })
  document.body.append(dialog)
  dialog.showModal()
  return { close, dialog }
}

/** Letters without accents or capitals, to search. */
export const fold = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

export const dayText = (day) => day.split('-').reverse().join('/')
