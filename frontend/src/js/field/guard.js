// «Modo cliente»: the telephone changes hands. Cost, margin and discounts are not on the page, and
// leaving takes the PIN, or without one a long press, with a finger or with the keyboard. It is kept:
// opening the application again does not leave it.
import * as drafts from './draft.js'
import * as pin from './pin.js'
import * as store from './store.js'
import { field, h, icon, sheet, t } from './ui.js'

const HOLD = 1500
const keepHere = () => history.pushState({ campo: 'cliente' }, '')
const warn = (event) => event.preventDefault()

/** Enter the mode; `again`: it was left without leaving it, with another quote or none. */
export const clientModeLock = async (app, again = false) => {
  app.locked = true
  app.pinned = await pin.has()
  await drafts.saveNow() // opened again it is found here, not given up for another
  await store.meta.put('locked', app.draft.key)
  keepHere()
  addEventListener('popstate', keepHere)
  addEventListener('beforeunload', warn)
  app.unlock = async () => {
    app.locked = false
    await store.meta.put('locked', '')
    removeEventListener('popstate', keepHere)
    removeEventListener('beforeunload', warn)
    return app.show({ customer: 'products', done: app.done?.key ? 'done' : 'client' }[app.view] ?? app.view)
  }
  if (!again) return app.show('customer')
  app.done = { signed: false, title: t('give_back'), text: t('give_back_text') }
  return app.show('done')
}

/** Whether the mode was not left when the application was closed: '', 'here' or 'elsewhere'. */
export const wasLocked = async (draft) => {
  const key = await store.meta.get('locked')
  return key ? (key === draft.key ? 'here' : 'elsewhere') : ''
}

const askPin = (app, error = '') => {
  const form = h('form', { novalidate: true, onsubmit: async (event) => {
    event.preventDefault()
    const { ok, wait } = await pin.check(form.elements.pin.value.trim())
    close()
    if (ok) return app.unlock()
    return askPin(app, wait ? t('pin_wait', { n: Math.ceil(wait) }) : t('pin_wrong'))
  } },
  field('pin', t('pin'), { type: 'password', inputmode: 'numeric', autocomplete: 'off', maxlength: 8, error }),
  h('button', { type: 'submit', class: 'btn primary wide' }, t('client_mode_leave')))
  const { close } = sheet(t('client_mode_leave'), form,
    h('p', { class: 'hint' }, app.online ? t('pin_forgotten') : t('pin_forgotten_offline')),
    app.online ? h('button', { type: 'button', class: 'btn wide', onclick: () => app.logout() }, icon('logout'), t('logout')) : null)
  form.elements.pin.focus()
}

/** The sheet of the menu where the PIN is set, changed or taken away. */
export const pinSheet = async (app, error = '') => {
  const had = await pin.has()
  const form = h('form', { novalidate: true, onsubmit: async (event) => {
    event.preventDefault()
    const typed = form.elements.pin.value.trim()
    close()
    if (!pin.isGood(typed)) return pinSheet(app, t('pin_bad'))
    await pin.keep(typed)
    Object.assign(app, { notice: t('pin_kept'), noticeUrl: '' })
    return app.refresh()
  } },
  field('pin', t('pin_new'), { type: 'password', inputmode: 'numeric', autocomplete: 'new-password', maxlength: 8, error, hint: t('pin_hint') }),
  h('button', { type: 'submit', class: 'btn primary wide' }, t('save')),
  had ? h('button', { type: 'button', class: 'btn wide danger', onclick: async () => {
    await pin.forget()
    close()
    Object.assign(app, { notice: t('pin_gone'), noticeUrl: '' })
    await app.refresh()
  } }, icon('trash'), t('pin_remove')) : null)
  const { close } = sheet(t('pin_title'), form)
  form.elements.pin.focus()
}

/** The lock: it asks for the PIN, or without one opens when it is held. */
export const exitButton = (app) => {
  if (app.pinned) return h('button', { type: 'button', class: 'exit', 'aria-haspopup': 'dialog', onclick: () => askPin(app) }, icon('lock'), h('span', {}, t('client_mode_leave')))
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
