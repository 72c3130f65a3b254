// The application of the road: three steps that work without network. The parts are in field/.
import * as clients from './field/clients.js'
import * as clock from './field/clock.js'
import * as drafts from './field/draft.js'
import { clientModeLock, wasLocked } from './field/guard.js'
import * as pending from './field/pending.js'
import * as products from './field/products.js'
import * as queue from './field/queue.js'
import * as server from './field/server.js'
import * as sign from './field/sign.js'
import * as store from './field/store.js'
import { chrome, message } from './field/chrome.js'
import { h, icon, say, settings, t } from './field/ui.js'

const DAY = 24 * 3600 * 1000
const app = {
  data: null, draft: drafts.fresh(), favourites: [], search: '', family: '', typed: '',
  view: 'client', online: false, waiting: 0, saved: true, locked: false, done: null, notice: '',
  holdsUntil: 0, holdsDay: '', ageText: '',
}
globalThis.addEventListener('error', () => say(t('error')))

// --- what is on the screen -------------------------------------------------------------------------
const views = {
  client: clients.view, lead: clients.leadView, products: products.view, customer: products.customerView,
  sign: sign.view, pending: pending.view,
  done: () => ({ main: [doneCard()], foot: app.locked ? null : nextButton() }),
}
// Another one, or the one that was put aside to mend this.
const nextButton = () => {
  const name = app.draft.client?.name ?? app.draft.lead?.name
  return h('button', { type: 'button', class: 'btn primary wide big', 'data-f': 'another', onclick: () => app.show(name ? 'products' : 'client') },
    icon(name ? 'chevron-right' : 'plus'), name ? t('go_on', { name }) : t('another'))
}
const STEPS = { client: 1, lead: 1, products: 2, customer: 2, sign: 3, done: 3 }

app.mount = (shown) => {
  const focused = document.activeElement?.dataset?.f
  const caret = document.activeElement?.selectionStart
  chrome(app, shown, STEPS[app.view])
  if (focused) {
    const again = document.querySelector(`[data-f="${CSS.escape(focused)}"]`)
      ?? document.querySelector(`[data-f="${CSS.escape(focused.replace('less-', 'more-'))}"]`)
    again?.focus({ preventScroll: true })
    if (typeof caret === 'number' && again?.type === 'search') again.setSelectionRange(caret, caret)
  }
  shown.ready?.()
}
app.refresh = async () => {
  if (!app.data) return
  app.mount(await views[app.view](app))
}
app.show = async (name) => {
  app.view = name
  if (STEPS[name]) app.draft.step = STEPS[name]
  await app.refresh()
  scrollTo(0, 0)
  document.getElementById('contenido').focus({ preventScroll: true })
}
const doneCard = () => h('section', { class: 'card pad done', role: 'status' },
  icon('circle-check', 'xl'), h('h2', {}, app.done.title ?? (app.done.signed ? t('signed_title') : t('saved_title'))),
  h('p', {}, app.done.text),
  app.done.url && !app.locked ? h('a', { class: 'btn', href: app.done.url }, icon('file-text'), t('open_quote', { number: app.done.number })) : null)

// --- the draft ----------------------------------------------------------------------------------------
app.keep = () => drafts.save(app.draft, (saved) => {
  app.saved = saved
  document.querySelectorAll('[data-saved]').forEach((one) => { one.hidden = !saved })
})
app.changed = () => { app.keep(); return app.refresh() }
app.chooseClient = (client) => {
  Object.assign(app.draft, { client, lead: null, email: '', signer: '', nif: '' })
  app.keep()
  return app.show('products')
}
app.chooseLead = (lead) => {
  Object.assign(app.draft, { client: null, lead, email: '', signer: '', nif: '' })
  app.keep()
  return app.show('products')
}
app.toggleFavourite = async (id) => {
  app.favourites = app.favourites.includes(id) ? app.favourites.filter((one) => one !== id) : [...app.favourites, id]
  await store.write('favourites', app.favourites)
  await app.refresh()
}
app.finish = async (payload, signed) => {
  const name = app.draft.client?.name ?? app.draft.lead?.name ?? ''
  const [total] = products.headline(drafts.reckon(app.draft, app.data).numbers)
  await store.enqueue({ payload, reference: payload.reference, client: name, total, signed, state: 'waiting', draft: app.draft })
  await drafts.drop()
  const waiting = await drafts.back()
  app.done = { key: payload.key, signed, text: t('queued_text', { ref: t('provisional', { ref: payload.reference }) }) }
  app.draft = { ...drafts.fresh(), ...waiting }
  if (waiting) app.keep()
  await countPending()
  await app.show('done')
  say(app.done.text)
  send()
}
/** Take something that was not accepted back to the editor: a signature is of what was shown, and
 * goes. What was being made is put aside until this one ends. Written before it leaves the queue. */
app.edit = async (item) => {
  if (item.signed && !confirm(t('edit_signed', { ref: item.reference }))) return
  if (drafts.begun(app.draft)) await drafts.aside(app.draft)
  app.draft = { ...drafts.fresh(), ...item.draft, key: item.payload.key }
  app.keep()
  await drafts.saveNow()
  await store.dequeue(item.payload.key)
  await countPending()
  await app.show(app.draft.lead ? 'lead' : 'products')
}

// --- the network ----------------------------------------------------------------------------------------
const countPending = async () => { app.waiting = await queue.count() }
const failed = async (error) => {
  if (!(error instanceof server.Failure)) { console.error(error); return }
  app.online = error.kind === 'refused'
  if (error.kind === 'gone') await shut(error.answer.code === 'device_revoked' ? t('revoked') : t('login_needed'))
  else if (error.kind === 'login') await shut(t('login_needed'), true)
}
const shut = async (text, login = false) => {
  await drafts.saveNow()?.catch?.(() => null)
  await store.wipe()
  app.data = null
  await countPending()
  message(app, text, login)
}
const told = (done) => {
  for (const one of done) {
    app.notice = pending.news(one)
    app.noticeUrl = one.answer.url
    const { result = {} } = one.answer
    if (app.done?.key === one.item.payload.key) {
      Object.assign(app.done, { url: one.answer.url, number: result.number, text: app.notice || app.done.text })
    }
  }
}
const send = async () => {
  try {
    told(await queue.flush())
    if (app.waiting) app.online = true
  } catch (error) { await failed(error) }
  await countPending()
  await quietRefresh()
}
// Not under somebody's fingers: a signature half drawn or a field half written stays.
const quietRefresh = () => (['sign', 'lead'].includes(app.view) || document.querySelector('dialog[open]') ? chromeOnly() : app.refresh())
const chromeOnly = () => document.dispatchEvent(new CustomEvent('campo:estado'))

app.working = async (act) => {
  document.body.setAttribute('aria-busy', 'true')
  try { told(await act()) } catch (error) { await failed(error) } finally { document.body.removeAttribute('aria-busy') }
  await countPending()
  await app.refresh()
}
const measure = async () => {
  app.holdsUntil = await clock.holdsUntil()
  app.holdsDay = new Date(app.holdsUntil).toISOString().slice(0, 10)
  const minutes = Math.round((await clock.age()) / 60_000)
  app.ageText = minutes < 60 ? `${minutes} min` : minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} d`
}
// While what the office knows is on its way the page says so (<html data-waiting>).
let syncing = 0
const onItsWay = (change) => { syncing += change; document.documentElement.toggleAttribute('data-waiting', syncing > 0) }
app.sync = async () => {
  onItsWay(1)
  try { await bring() } finally { onItsWay(-1) }
}
const bring = async () => {
  const [before, empty] = [await store.meta.get('member'), !app.data]
  try {
    await drafts.saveNow()
    app.data = await server.sync()
    app.online = true
    if (before !== undefined && before !== await store.meta.get('member')) {
      drafts.cancel()
      app.draft = drafts.fresh()
    }
    app.favourites = (await store.read('favourites')) ?? []
    if (!drafts.begun(app.draft)) {
      await resume()
      if (empty) app.view = viewOf(app.draft)
    }
    await measure()
  } catch (error) {
    await failed(error)
    if (!app.data && error.kind === 'refused') { message(app, error.message); return }
  }
  if (app.data) { await send(); return }
  if (!document.querySelector('[data-message]')) message(app, t('never_synced'))
}
app.lock = () => clientModeLock(app)
app.logout = async () => {
  const waiting = await queue.count()
  if (waiting && !confirm(t('logout_pending', { n: waiting }))) return
  await drafts.saveNow()
  await store.wipe()
  const token = document.cookie.split('; ').find((one) => one.startsWith('lonja_csrf='))?.slice(11) ?? ''
  const form = h('form', { method: 'post', action: settings.logout }, h('input', { type: 'hidden', name: 'csrfmiddlewaretoken', value: token }))
  document.body.append(form)
  form.submit()
}

// --- starting -----------------------------------------------------------------------------------------------
const viewOf = (draft) => ({ 1: 'client', 2: 'products', 3: 'products' }[draft.step] ?? 'client')
const resume = async () => {
  const kept = await drafts.load()
  if (kept) app.draft = { ...drafts.fresh(), ...kept }
}
const begin = async () => {
  onItsWay(1)
  try { await open() } finally { onItsWay(-1) }
}
const open = async () => {
  if (!store.possible()) { message(app, t('no_crypto')); return }
  await clock.load()
  if (await clock.tooLongAway()) {
    await store.wipe()
    await countPending()
    message(app, t('too_long_away', { days: settings.days }))
  } else {
    app.data = await store.read('data')
    app.favourites = (await store.read('favourites')) ?? []
    await resume()
    await measure()
    await countPending()
    const locked = app.data ? await wasLocked(app.draft) : ''
    if (locked) await clientModeLock(app, locked === 'elsewhere')
    else if (app.data) await app.show(viewOf(app.draft))
  }
  performance.mark('campo-lista')
  navigator.serviceWorker?.register(settings.worker, { scope: settings.home }).catch(() => null)
  navigator.storage?.persist?.().catch(() => null)
  await app.sync()
}
addEventListener('online', () => app.sync())
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') { drafts.saveNow(); clock.remember() } else if (Date.now() - (app.woke ?? 0) > 60_000) { app.woke = Date.now(); app.sync() }
})
setInterval(async () => { clock.remember(); if (app.waiting && app.data) await send() }, 20_000)
setInterval(() => { if (app.data && app.online) app.sync() }, DAY / 96)
begin()
