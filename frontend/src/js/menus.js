import { $, $$, on } from './dom.js'

// Menus are <details class="menu">: they work without this; here they close like menus.
const close = (menu, focus) => {
  menu.open = false
  if (focus) $('summary', menu)?.focus()
}
document.addEventListener('click', (event) => {
  for (const menu of $$('details.menu[open]')) if (!menu.contains(event.target)) close(menu)
})
// Pressing a label gives the focus to <main> for a moment: an element around the menu is not
// "outside". Closed a little later, never in the middle of a press (Chromium 156 crashes), and
// only what was open when the focus moved: a menu opened since then stays.
document.addEventListener('focusin', ({ target }) => {
  const left = $$('details.menu[open]').filter((menu) => !menu.contains(target) && !target.contains(menu))
  if (left.length) setTimeout(() => left.forEach((menu) => close(menu)))
})
on('click', 'details.menu a.menu-item, details.menu button.menu-item', (_, item) => {
  if (!item.hasAttribute('data-keep')) close(item.closest('details.menu'))
})
// One that opens upwards from a short page would begin above its top, where nobody can scroll to:
// it opens to the side with more room, and no longer than that room.
document.addEventListener('toggle', ({ target: menu }) => {
  if (!menu.matches?.('details.menu.menu-up[open]')) return
  const panel = $('.menu-panel', menu)
  menu.classList.remove('menu-turned')
  panel.style.maxHeight = ''
  if (panel.getBoundingClientRect().top >= 8) return
  const { top, bottom } = menu.getBoundingClientRect()
  const below = innerHeight - bottom
  menu.classList.toggle('menu-turned', below > top)
  panel.style.maxHeight = `${Math.max(below, top) - 16}px`
}, true)
on('keydown', 'details.menu', (event, menu) => {
  if (event.key === 'Escape' && menu.open) {
    event.stopPropagation()
    return close(menu, true)
  }
  if (!['ArrowDown', 'ArrowUp'].includes(event.key) || event.target.matches('input, select, textarea')) return
  event.preventDefault()
  menu.open = true
  const items = $$('.menu-item', menu)
  const at = items.indexOf(document.activeElement)
  items.at((at + (event.key === 'ArrowDown' ? 1 : at < 0 ? 0 : -1)) % items.length)?.focus()
})
