// «Pendiente de enviar»: what waits, what has to be decided, what was not taken.
import * as queue from './queue.js'
import * as store from './store.js'
import { h, icon, say, t } from './ui.js'

const label = (item, option) => {
  if (option === 'draft' && item.signed) return t('o_draft_signed')
  return t(`o_${option}`, item.conflict?.facts ?? {})
}

const conflictBox = (app, item) => {
  const { conflict } = item
  const facts = conflict.facts ?? {}
  const act = async (option) => {
    if (option === 'discard' && !confirm(t('discard_sure', { ref: item.reference }))) return
    await app.working(() => queue.choose(item, option))
  }
  return h('div', { class: 'warn-box' },
    h('p', {}, h('b', {}, t('conflict_title'))), h('p', {}, conflict.text),
    facts.seen && facts.now ? h('dl', { class: 'facts' }, h('dt', {}, t('seen')), h('dd', {}, facts.seen), h('dt', {}, t('now')), h('dd', {}, facts.now)) : null,
    h('div', { class: 'stack' }, conflict.options.map((option, index) =>
      h('button', { type: 'button', class: `btn wide${index ? '' : ' primary'}`, onclick: () => act(option) }, label(item, option)))))
}

const refusedBox = (app, item) => h('div', { class: 'warn-box' },
  h('p', {}, item.text),
  h('div', { class: 'stack' },
    h('button', { type: 'button', class: 'btn wide primary', onclick: async () => { await store.enqueue({ ...item, state: 'waiting' }); await app.working(queue.flush) } }, t('send_now')),
    h('button', { type: 'button', class: 'btn wide', onclick: () => app.edit(item) }, t('edit')),
    item.signed ? null : h('button', { type: 'button', class: 'btn wide danger', onclick: async () => {
      if (!confirm(t('discard_sure', { ref: item.reference }))) return
      await store.dequeue(item.payload.key)
      await app.show('pending')
    } }, t('discard'))))

const row = (app, item) => h('li', { class: 'queued' },
  h('div', { class: 'sum-head' },
    h('span', { class: 'grow' }, h('b', {}, item.client), h('small', {}, `${t('provisional', { ref: item.reference })} · ${item.total}`)),
    item.signed ? h('span', { class: 'tag ok' }, icon('signature', 's'), t('signed_badge')) : null,
    h('span', { class: 'tag' }, item.state === 'conflict' ? t('decide') : item.state === 'refused' ? t('rejected') : item.failing ? t('failing') : t('waiting'))),
  item.state === 'conflict' ? conflictBox(app, item) : item.state === 'refused' ? refusedBox(app, item) : null)

export const view = async (app) => {
  const { items, locked } = await store.queue()
  return {
    back: () => app.show('client'),
    main: [
      h('h2', { class: 'title' }, t('pending_title')),
      items.length || locked ? h('ul', { class: 'card' }, items.map((item) => row(app, item))) : h('p', { class: 'empty' }, t('nothing_pending')),
      locked ? h('p', { class: 'warn-box' }, t('login_needed')) : null,
    ],
    foot: items.some((item) => !['conflict', 'refused'].includes(item.state))
      ? h('button', { type: 'button', class: 'btn primary wide big', 'data-f': 'flush', onclick: () => app.working(queue.flush) }, icon('cloud-upload'), t('send_now')) : null,
  }
}

/** What is said of something that arrived. */
export const news = ({ item, answer }) => {
  const number = answer.result?.number ?? item.reference
  const { state, notes = [] } = answer.result ?? {}
  const text = state === 'signed' ? t('done_signed', { number }) : state === 'asked' ? t('done_asked', { number }) : state === 'kept' ? t('done_kept', { number }) : state === 'discarded' ? '' : t('done', { number })
  const told = [text, notes.includes('prices_moved') ? t('moved_note') : ''].filter(Boolean).join(' ')
  if (told) say(told)
  return told
}
