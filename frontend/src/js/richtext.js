import { $$, onContent } from './dom.js'

// <textarea data-richtext='{"bold": "Negrita", …}'>: the same field with bold, italics, lists and
// links. Without this it is a plain field. What is allowed is decided by the server.
const BUTTONS = [
  ['bold', 'bold'],
  ['italic', 'italic'],
  ['insertUnorderedList', 'list'],
  ['insertOrderedList', 'numbers'],
  ['createLink', 'link'],
]
const start = (area) => {
  if (area.dataset.ready) return
  area.dataset.ready = '1'
  const words = JSON.parse(area.dataset.richtext)
  const box = document.createElement('div')
  box.className = 'in rich-box rich'
  box.contentEditable = 'true'
  box.setAttribute('role', 'textbox')
  box.setAttribute('aria-multiline', 'true')
  const label = document.querySelector(`label[for="${area.id}"]`)
  if (label) {
    box.setAttribute('aria-label', label.textContent.trim())
    label.addEventListener('click', (event) => { event.preventDefault(); box.focus() })
  }
  // What comes from the server is already washed; what a person typed before is text.
  if (/<[a-z]/i.test(area.value)) box.innerHTML = area.value
  else box.innerText = area.value
  const bar = document.createElement('div')
  bar.className = 'rich-bar'
  bar.setAttribute('role', 'toolbar')
  bar.setAttribute('aria-label', words.bar)
  for (const [command, name] of BUTTONS) {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = `icon-btn icon-btn-s rich-${name}`
    button.title = words[name]
    button.setAttribute('aria-label', words[name])
    button.addEventListener('mousedown', (event) => event.preventDefault())
    button.addEventListener('click', () => {
      box.focus()
      const value = command === 'createLink' ? prompt(words.address, 'https://') : undefined
      if (command === 'createLink' && !value) return
      document.execCommand(command, false, value)
      keep()
    })
    bar.append(button)
  }
  const keep = () => {
    area.value = box.innerText.trim() ? box.innerHTML : ''
    area.dispatchEvent(new Event('input', { bubbles: true }))
  }
  box.addEventListener('input', keep)
  box.addEventListener('paste', (event) => {
    event.preventDefault()
    document.execCommand('insertText', false, event.clipboardData.getData('text/plain'))
  })
  document.execCommand('defaultParagraphSeparator', false, 'p')
  area.hidden = true
  area.after(bar, box)
}
onContent((root) => {
  for (const area of $$('textarea[data-richtext]', root)) start(area)
})
