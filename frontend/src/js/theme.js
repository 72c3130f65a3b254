import { $$, on } from './dom.js'

const apply = (theme) => {
  document.documentElement.dataset.bsTheme = theme
  document.cookie = `tema=${theme}; path=/; max-age=31536000; samesite=lax${location.protocol === 'https:' ? '; secure' : ''}`
  for (const button of $$('button[name=tema]')) button.setAttribute('aria-pressed', String(button.value === theme))
  document.dispatchEvent(new CustomEvent('lonja:theme'))
}

on('click', 'button[name=tema]', (event, button) => {
  event.preventDefault()
  apply(button.value)
})
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => document.dispatchEvent(new CustomEvent('lonja:theme')))
