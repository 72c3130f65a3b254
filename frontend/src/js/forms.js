import { $, $$, on, onContent, say } from './dom.js'

// A second press does nothing while the first is on its way. The server has its own
// guard (submission key); this one is for the eyes.
document.addEventListener('submit', (event) => {
  const form = event.target
  if (form.dataset.sending) return event.preventDefault()
  if (form.method === 'dialog' || form.target === '_blank' || form.hasAttribute('data-repeat')) return
  const button = event.submitter
  if (form.method !== 'post' && !form.matches('[hx-post]')) return
  form.dataset.sending = '1'
  button?.setAttribute('aria-busy', 'true')
  setTimeout(() => rest(form), 15000)
})
const rest = (form) => {
  delete form.dataset.sending
  for (const button of $$('[aria-busy]', form)) button.removeAttribute('aria-busy')
  for (const button of $$(`[form="${form.id}"][aria-busy]`)) button.removeAttribute('aria-busy')
}
document.addEventListener('htmx:afterRequest', (event) => { const form = event.target.closest?.('form'); if (form) rest(form) })
addEventListener('pageshow', () => $$('form[data-sending]').forEach(rest))

// Focus: the summary of errors, else the new heading of a swapped page part.
const settle = (root) => {
  const problem = root.matches?.('.problem') ? root : $('.problem', root)
  if (problem && !problem.dataset.seen) {
    problem.dataset.seen = '1'
    problem.focus()
  }
}
onContent(settle)
on('click', '.problem a[href^="#"]', (event, link) => {
  const field = document.getElementById(link.hash.slice(1))
  if (!field) return
  event.preventDefault()
  ;(field.tomselect ?? field).focus()
  field.scrollIntoView({ block: 'center' })
})

// Drafts save themselves: <form data-autosave="/url/"> posts 2 s after the last change.
onContent((root) => {
  for (const form of $$('form[data-autosave]', root)) watch(form)
})
const watch = (form) => {
  let timer, savedAt, afterwards, dirty = false, running = false
  const status = $('[data-saved]', form) ?? $(`[data-saved-for="${form.id}"]`)
  const show = () => {
    if (!status || !savedAt) return
    const seconds = Math.round((Date.now() - savedAt) / 1000)
    const [now, secs, mins] = [status.dataset.now, status.dataset.secs, status.dataset.mins]
    status.classList.remove('saved-not')
    $('span', status).textContent = seconds < 2 ? now : seconds < 60 ? secs.replace('%', seconds) : mins.replace('%', Math.round(seconds / 60))
    status.hidden = false
  }
  const save = async () => {
    clearTimeout(timer)
    if (!dirty || running || form.dataset.sending) return
    dirty = false
    running = true
    try {
      const answer = await fetch(form.dataset.autosave, { method: 'POST', body: new FormData(form), headers: { 'X-Lonja-Autosave': '1' } })
      if (answer.ok) {
        savedAt = Date.now()
        const next = answer.headers.get('X-Lonja-Version')
        if (next && form.elements.version) form.elements.version.value = next
        show()
        form.dispatchEvent(new CustomEvent('lonja:saved', { bubbles: true }))
      } else if (answer.status === 422) {
        savedAt = undefined // what is written cannot be kept yet: the word «saved» would be a lie
        if (status?.dataset.not) {
          status.classList.add('saved-not')
          $('span', status).textContent = status.dataset.not
          status.hidden = false
        }
      } else if (answer.status === 409) {
        afterwards = undefined // somebody else's changes are to be seen first
        const box = form.querySelector('[data-conflict]') ?? $('#problema')
        if (box) { box.innerHTML = await answer.text(); settle(box) }
      }
    } catch {
      dirty = true // kept in the page; tried again at the next change or in ten seconds
      timer = setTimeout(save, 10000)
    } finally {
      running = false
      const go = afterwards
      afterwards = undefined
      go?.()
    }
  }
  // What is on its way has the version that comes next: a button pressed meanwhile waits for it.
  form.addEventListener('submit', (event) => {
    if (!running) return
    event.preventDefault()
    event.stopImmediatePropagation()
    const { submitter } = event
    afterwards = () => form.requestSubmit(submitter)
  }, true)
  const change = () => { dirty = true; clearTimeout(timer); timer = setTimeout(save, 2000) }
  form.addEventListener('input', change)
  form.addEventListener('lonja:change', change)
  form.addEventListener('focusout', () => { if (dirty) { clearTimeout(timer); timer = setTimeout(save, 400) } })
  setInterval(show, 5000)
  addEventListener('beforeunload', (event) => { if (dirty && !form.dataset.sending) event.preventDefault() })
}

// Ctrl S saves, Ctrl Intro presses the primary button of the screen.
document.addEventListener('keydown', (event) => {
  if (!(event.ctrlKey || event.metaKey)) return
  const scope = document.querySelector('dialog[open]') ?? document
  if (event.key === 's') {
    const button = $('[data-save]', scope)
    if (button) { event.preventDefault(); button.click() }
  } else if (event.key === 'Enter') {
    const button = $('[data-primary]', scope)
    if (button) { event.preventDefault(); button.click() }
  }
})

// Colour fields, file drops and toggled parts.
on('change', '[data-toggle-part]', (_, input) => {
  for (const part of $$(input.dataset.togglePart)) part.hidden = !input.checked
})
on('dragover', '.drop', (event, drop) => { event.preventDefault(); drop.classList.add('over') })
on('dragleave', '.drop', (_, drop) => drop.classList.remove('over'))
on('drop', '.drop', (event, drop) => {
  event.preventDefault()
  drop.classList.remove('over')
  const input = $('input[type=file]', drop)
  if (!input) return
  input.files = event.dataTransfer.files
  input.dispatchEvent(new Event('change', { bubbles: true }))
})
on('change', '.drop input[type=file]', (_, input) => {
  const name = [...input.files].map((file) => file.name).join(', ')
  const out = $('[data-file-name]', input.closest('.drop'))
  if (out) out.textContent = name
  say(name)
})
