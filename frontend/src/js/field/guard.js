// «Modo cliente»: the telephone changes hands. Cost, margin and discounts are not on the page, and
// leaving takes a long press, with a finger or with the keyboard.
import { h, icon, t } from './ui.js'

const HOLD = 1500
const keepHere = () => history.pushState({ campo: 'cliente' }, '')
const warn = (event) => event.preventDefault()

export const clientModeLock = (app) => {
  app.locked = true
  keepHere()
  addEventListener('popstate', keepHere)
  addEventListener('beforeunload', warn)
  app.unlock = () => {
    app.locked = false
    removeEventListener('popstate', keepHere)
    removeEventListener('beforeunload', warn)
    return app.show(app.view === 'customer' ? 'products' : app.view)
  }
  return app.show('customer')
}

/** The lock that opens when it is held. */
export const exitButton = (app) => {
  let timer = null
  const stop = () => { clearTimeout(timer); timer = null; button.classList.remove('holding') }
  const hold = (event) => {
    if (event.type === 'keydown' && ![' ', 'Enter'].includes(event.key)) return
    event.preventDefault()
    if (timer) return
    button.classList.add('holding')
    timer = setTimeout(() => { stop(); app.unlock() }, HOLD)
  }
  const button = h('button', { type: 'button', class: 'exit', 'aria-label': t('client_mode_exit'), onpointerdown: hold, onkeydown: hold, onpointerup: stop, onpointerleave: stop, onkeyup: stop, onblur: stop, oncontextmenu: warn }, icon('lock'), h('span', {}, t('client_mode_exit')))
  return button
}
