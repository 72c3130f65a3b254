import { $, onContent } from './dom.js'

// Parts fetched only where they are used. Their hashed addresses come from the page.
const parts = {
  charts: '[data-chart]',
  combobox: 'select[data-remote], select[data-search]',
  lines: '[data-lines]',
  pipeline: '[data-board], [data-reorder]',
  signature: '[data-signature]',
}
const loaded = {}
onContent((root) => {
  for (const [name, selector] of Object.entries(parts)) {
    if (!$(selector, root) && !(root instanceof Element && root.matches(selector))) continue
    const address = document.body.getAttribute(`data-src-${name}`)
    if (!address) continue
    loaded[name] ??= import(address)
    loaded[name].then((module) => module.start(root))
  }
})
