import Sortable from 'sortablejs'

import { $, $$, isTyping, on, say } from '../dom.js'

// «Embudo»: cards move by dragging, by their menu and with M. The server decides: if it refuses,
// the card goes back where it was and the reason is said.
//
// <div id="embudo" data-board> … <section data-stage data-kind> <ul data-cards> <li data-card …>
const board = () => $('[data-board]')
const column = (stage) => $(`[data-stage="${CSS.escape(stage)}"]`)
const put = (card, stage) => $('[data-cards]', column(stage))?.prepend(card)

const key = () => crypto.randomUUID?.() ?? String(Math.random()).slice(2)
const move = (card, to, before, place) => {
  const target = column(to)
  if (!target || to === before) return
  if (target.dataset.kind === 'lost') {
    // Losing asks why: the card waits where it was.
    back(card, before, place)
    const link = Object.assign(document.createElement('a'), { href: card.dataset.lose })
    link.dataset.drawer = `perdida-${card.id}`
    document.body.append(link)
    link.click()
    link.remove()
    return
  }
  const focused = card.contains(document.activeElement)
  put(card, to)
  card.classList.add('is-moving')
  if (focused) $('.board-title', card)?.focus({ preventScroll: true })
  const failed = () => {
    card.classList.remove('is-moving')
    back(card, before, place)
    say(board()?.dataset.sayFailed)
  }
  send(card, to, before).then((ok) => {
    if (!ok) return failed()
    const now = document.getElementById(card.id)
    now?.classList.remove('is-moving')
    if (focused) $('.board-title', now)?.focus({ preventScroll: true })
    say(board()?.dataset.sayMoved.replace('%s', $('.board-title', now)?.textContent ?? '').replace('%t', target.dataset.name))
  })
}
// The card carries its own hx-post, waiting for lonja:move.
const asked = new WeakMap()
const send = (card, to, before) => new Promise((resolve) => {
  asked.set(card, { etapa: to, vista: before, _key: key() })
  const done = (event) => {
    if (event.detail.elt !== card) return
    document.body.removeEventListener('htmx:afterRequest', done)
    resolve(event.detail.successful)
  }
  document.body.addEventListener('htmx:afterRequest', done)
  card.dispatchEvent(new CustomEvent('lonja:move'))
})
document.addEventListener('htmx:configRequest', (event) => {
  const { elt, parameters } = event.detail
  const values = asked.get(elt)
  if (values) for (const [name, value] of Object.entries(values)) parameters[name] = value
  // The board is read again with the address as it is now.
  else if (elt.id === 'embudo') event.detail.path = location.pathname + location.search
})
const back = (card, stage, place) => {
  const list = $('[data-cards]', column(stage))
  if (!list) return
  if (place?.isConnected && place.parentElement === list) place.before(card)
  else list.prepend(card)
}

// --- the menu of a card
const fill = (menu) => {
  const words = $('#embudo-etapas')
  if (!words) return
  const panel = $('.menu-panel', menu)
  const at = menu.closest('[data-stage]').dataset.stage
  if (panel.dataset.at === at) return // filled already: what has the focus stays
  panel.dataset.at = at
  panel.replaceChildren(words.content.cloneNode(true))
  for (const item of $$('[data-to]', panel)) if (item.dataset.to === at) item.remove()
}
document.addEventListener('toggle', (event) => {
  if (event.target.matches?.('details[data-mover]') && event.target.open) fill(event.target)
}, true)
on('click', '[data-mover] [data-to]', (_, item) => {
  const card = item.closest('[data-card]')
  const place = card.nextElementSibling
  move(card, item.dataset.to, card.closest('[data-stage]').dataset.stage, place)
})

// --- keys: arrows go from card to card, M opens the menu
const cards = (list) => $$('[data-card]', list)
const step = (card, name) => {
  const list = card.parentElement
  const own = cards(list)
  const at = own.indexOf(card)
  if (name === 'ArrowDown') return own[at + 1]
  if (name === 'ArrowUp') return own[at - 1]
  const columns = $$('[data-stage]', board()).filter((one) => one.offsetParent !== null && cards(one).length)
  const mine = columns.indexOf(card.closest('[data-stage]'))
  const next = columns[mine + (name === 'ArrowRight' ? 1 : -1)]
  return next && (cards(next)[at] ?? cards(next).at(-1))
}
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || $('dialog[open]') || !board()) return
  const card = document.activeElement?.closest('[data-card]')
  if (event.key.startsWith('Arrow') && card && !card.querySelector('details[open]')) {
    const next = step(card, event.key)
    if (!next) return
    event.preventDefault()
    $('.board-title', next).focus()
    next.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  } else if (event.key.toLowerCase() === 'm' && localStorage.getItem('lonja.atajos') !== 'no') {
    const chosen = card ?? $('[data-card]:hover')
    const menu = chosen && $('details[data-mover]', chosen)
    if (!menu) return
    event.preventDefault()
    menu.open = true
    fill(menu)
    $('.menu-item', menu)?.focus()
  }
})

// --- on a phone one column is seen
on('click', '[data-show-stage]', (event, link) => {
  event.preventDefault()
  const stage = link.dataset.showStage
  for (const other of $$('[data-show-stage]')) other.toggleAttribute('aria-current', other === link)
  link.setAttribute('aria-current', 'true')
  for (const one of $$('[data-stage]', board())) one.classList.toggle('is-shown', one.dataset.stage === stage)
  const url = new URL(location.href)
  url.searchParams.set('columna', stage)
  history.replaceState(history.state, '', url)
})

// Elsewhere than on the board, what was moved is read again with the page.
document.addEventListener('lonja:boardChanged', () => { if (!board()) location.reload() })

const enhance = (list) => {
  if (Sortable.get(list) || !$('#embudo-etapas')) return
  let place
  Sortable.create(list, {
    group: 'embudo', draggable: '[data-card]', filter: 'details, .board-more', preventOnFilter: false, sort: false,
    animation: 120, forceFallback: true, fallbackOnBody: true, fallbackTolerance: 5,
    delay: 180, delayOnTouchOnly: true, scroll: true, scrollSensitivity: 60,
    onStart: ({ item }) => { place = item.nextElementSibling },
    onMove: ({ to }) => !to.closest('[data-retired]'),
    onChange: ({ to }) => { for (const one of $$('[data-cards]')) one.classList.toggle('is-over', one === to && to !== list) },
    onEnd: ({ item, from, to }) => {
      for (const one of $$('[data-cards]')) one.classList.remove('is-over')
      if (from !== to) move(item, to.closest('[data-stage]').dataset.stage, from.closest('[data-stage]').dataset.stage, place)
    },
  })
}
// --- order of stages and reasons in Configuración: dragging sends the whole order
const order = () => {
  for (const list of $$('[data-reorder]')) {
    if (Sortable.get(list)) continue
    Sortable.create(list, {
      handle: '.grip', draggable: '[data-item]', animation: 120, forceFallback: true,
      onEnd: () => {
        const form = document.getElementById(list.dataset.reorder)
        $('[name=orden]', form).value = $$('[data-item]', list).map((item) => item.dataset.item).join(',')
        form.requestSubmit()
      },
    })
  }
}
export const start = () => {
  for (const list of $$('[data-cards]')) enhance(list)
  order()
}
