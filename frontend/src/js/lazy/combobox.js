import TomSelect from 'tom-select/dist/esm/tom-select.js'
import { $$ } from '../dom.js'

// <select data-remote="/url/?q="> asks the server; <select data-search> searches its own options.
// The answer is JSON [{"value": 3, "text": "…", "sub": "…"}]. Without JavaScript it is a plain select.
const escape = (text) => { const span = document.createElement('span'); span.textContent = text ?? ''; return span.innerHTML }
const enhance = (select) => {
  if (select.tomselect) return
  const { remote, words = '', create } = select.dataset
  const label = document.querySelector(`label[for="${select.id}"]`)?.textContent.trim()
  let answered = null
  let hurried = null
  const instance = new TomSelect(select, {
    maxOptions: 50,
    allowEmptyOption: !select.required,
    searchField: remote ? [] : ['text', 'sub'],
    create: create ? true : false,
    loadThrottle: 150,
    // The wait before it looks again outlives a quick choice and takes the focus back.
    refreshThrottle: 0,
    preload: remote ? 'focus' : false,
    ...(remote && {
      score: () => () => 1,
      shouldLoad: () => true,
      async load(query, done) {
        const url = new URL(remote, location.href)
        url.searchParams.set('q', query)
        // An answer that arrives when the person is already in another field must not open the
        // list: opening takes the focus.
        const stayAway = () => { if (document.activeElement !== this.control_input) this.isFocused = false }
        const tell = (found) => {
          this.clearOptions((option) => this.items.includes(String(option.value)))
          answered = query
          done(found)
        }
        try {
          const answer = await fetch(url, { headers: { Accept: 'application/json' } })
          const found = answer.ok ? await answer.json() : []
          stayAway()
          tell(found)
          if (hurried !== query) return
          hurried = null
          if (found.length) this.addItem(String(found[0].value))
          else if (create) this.createItem(query)
        } catch { tell([]) }
      },
    }),
    render: {
      option: (option) => `<div>${escape(option.text)}${option.sub ? `<small>${escape(option.sub)}</small>` : ''}</div>`,
      item: (option) => `<div class="cut">${escape(option.text)}</div>`,
      no_results: () => `<div class="no-results">${escape(words)}</div>`,
      option_create: (data) => `<div class="create">+ ${escape(data.input)}</div>`,
    },
  })
  if (remote) {
    // Enter before what is written was answered waits: what is listed answers what was there before.
    const written = () => instance.control_input.value.trim()
    instance.control_input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || !written() || written() === answered) return
      event.preventDefault()
      event.stopImmediatePropagation()
      hurried = written()
      if (!instance.loading) instance.load(hurried)
    }, { capture: true })
    instance.control_input.addEventListener('input', () => { hurried = null })
  }
  instance.wrapper.classList.remove('in')
  if (label) for (const one of [instance.control_input, select]) one.setAttribute('aria-label', label)
  for (const name of ['aria-describedby', 'aria-invalid']) {
    if (select.hasAttribute(name)) instance.control_input.setAttribute(name, select.getAttribute(name))
  }
}
export const start = (root) => $$('select[data-remote], select[data-search]', root).forEach(enhance)
