import { $, onContent } from './dom.js'

// Parts fetched only where they are used. Their hashed addresses come from the page.
const parts = {
  charts: '[data-chart]',
  combobox: 'select[data-remote], select[data-search]',
  lines: '[data-lines]',
  passkey: 'form[data-passkey]',
  pipeline: '[data-board], [data-reorder]',
  signature: '[data-signature]',
}
const loaded = {}
// While a part is on its way the page says so (<html data-waiting>).
const waiting = new Set()
const mark = () => document.documentElement.toggleAttribute('data-waiting', waiting.size > 0)
const fetched = (name, address) => {
  waiting.add(name)
  mark()
  return import(address).finally(() => { waiting.delete(name); mark() })
}
onContent((root) => {
  for (const [name, selector] of Object.entries(parts)) {
    if (!$(selector, root) && !(root instanceof Element && root.matches(selector))) continue
    const address = document.body.getAttribute(`data-src-${name}`)
    if (!address) continue
    loaded[name] ??= fetched(name, address)
    loaded[name].then((module) => module.start(root))
  }
})
