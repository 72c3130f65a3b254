// What is around every step: the head with the client and the steps, and the foot with the total.
import { exitButton, pinSheet } from './guard.js'
import { h, icon, settings, sheet, steps, t } from './ui.js'

const tariffOf = (app) => {
  const list = app.data?.prices.lists[app.draft.client?.list]
  return list ? t('tariff', { name: list.name }) : t('catalogue_prices')
}

const menu = (app) => {
  const { close } = sheet(t('menu'), h('div', { class: 'stack' },
    h('a', { class: 'btn wide', href: settings.office }, icon('home'), t('office')),
    h('button', { type: 'button', class: 'btn wide', onclick: () => { close(); app.sync() } }, icon('refresh'), t('sync_now')),
    h('button', { type: 'button', class: 'btn wide', onclick: () => { close(); app.show('pending') } }, icon('cloud-upload'), t('pending', { n: app.waiting })),
    h('button', { type: 'button', class: 'btn wide', 'aria-haspopup': 'dialog', onclick: () => { close(); pinSheet(app) } }, icon('lock'), t('pin_title')),
    app.install ? h('button', { type: 'button', class: 'btn wide', onclick: () => { close(); app.install.prompt(); app.install = null } }, icon('plus'), t('install')) : null,
    h('button', { type: 'button', class: 'btn wide danger', onclick: () => { close(); app.logout() } }, icon('logout'), t('logout')),
    h('p', { class: 'hint center' }, t('synced', { when: app.ageText }))))
}

const strip = (app) => h('section', { class: 'strips', 'aria-label': t('status') },
  app.online ? null : h('p', { class: 'strip', 'data-offline': true }, icon('cloud-off', 's'), t('offline_strip')),
  app.waiting && !app.locked && app.view !== 'pending' ? h('button', { type: 'button', class: 'strip waiting', 'data-f': 'pending', onclick: () => app.show('pending') }, icon('cloud-upload', 's'), t('pending', { n: app.waiting }), icon('chevron-right', 's')) : null,
  app.notice ? h('p', { class: 'strip ok' }, icon('check', 's'), h('span', { class: 'grow' }, app.notice), app.noticeUrl && !app.locked ? h('a', { href: app.noticeUrl }, t('open')) : null) : null)

const head = (app, shown, step) => {
  const named = step > 1 && app.view !== 'done'
  const title = named ? app.draft.client?.name ?? app.draft.lead?.name ?? t('title') : t('title')
  const under = [named ? tariffOf(app) : app.data?.company.name, app.online ? '' : t('offline')].filter(Boolean).join(' · ')
  const left = app.locked ? null : shown.back
    ? h('button', { type: 'button', class: 'icon-btn', 'data-f': 'back', 'aria-label': t('back'), onclick: shown.back }, icon('arrow-back-up', 'l'))
    : h('button', { type: 'button', class: 'icon-btn', 'data-f': 'menu', 'aria-label': t('menu'), onclick: () => menu(app) }, icon('menu-2', 'l'))
  const right = app.locked ? exitButton(app) : named
    ? h('span', { class: 'tag', 'data-saved': true, hidden: !app.saved }, icon('check', 's'), t('saved')) : null
  return h('header', { class: 'head' },
    h('div', { class: 'bar' }, left, h('div', { class: 'who' }, h('h1', {}, title), h('small', {}, under)), right),
    step ? h('ol', { class: 'stp', 'aria-label': t('step', { n: step }) }, steps.map((label, index) =>
      h('li', { class: index < step ? 'd' : '', 'aria-current': index + 1 === step ? 'step' : null }, label))) : null)
}

const root = document.getElementById('app')
let last = null

export const chrome = (app, shown, step) => {
  last = { app, shown, step }
  root.replaceChildren(
    head(app, shown, step), strip(app),
    h('main', { id: 'contenido', tabindex: -1 }, shown.main),
    ...(shown.foot ? [h('footer', { class: 'foot' }, shown.foot)] : []))
  // The foot hides nothing: neither the last row nor what has the focus (WCAG 2.4.11).
  document.documentElement.style.setProperty('--pie', `${root.querySelector('.foot')?.offsetHeight ?? 0}px`)
  document.documentElement.style.setProperty('--cabeza', `${root.querySelector('.head').offsetHeight}px`)
}
// Only what is around: the step in the middle is being written in.
document.addEventListener('campo:estado', () => {
  if (!last || !root.querySelector('.head')) return
  root.querySelector('.head').replaceWith(head(last.app, last.shown, last.step))
  root.querySelector('.strips').replaceWith(strip(last.app))
})

export const message = (app, text, login = false) => {
  root.replaceChildren(
    h('header', { class: 'head' }, h('div', { class: 'bar' }, h('div', { class: 'who' }, h('h1', {}, t('title')), h('small', {}, 'Lonja')))),
    h('main', { id: 'contenido', tabindex: -1, 'data-message': true },
      h('section', { class: 'card pad done', role: 'status' }, icon('cloud-off', 'xl'), h('p', {}, text),
        app.waiting ? h('p', { class: 'hint' }, t('pending', { n: app.waiting })) : null,
        login ? h('a', { class: 'btn primary wide big', href: `${settings.login}?next=${encodeURIComponent(settings.home)}` }, t('login'))
          : h('button', { type: 'button', class: 'btn primary wide big', onclick: () => location.reload() }, icon('refresh'), t('sync_now')))))
}

addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault()
  if (last) last.app.install = event
})
