// What waits to be sent: sent once each, in order, and again until the server says it has it.
// { payload, reference, client, total, signed, state: waiting | conflict | refused, conflict, text }
import { Failure, decide, deliver } from './server.js'
import * as store from './store.js'

let running = null

/** Send what waits. Returns what was done: [{ item, answer }]. Never two at a time in this page. */
export const flush = () => running ??= (async () => {
  const done = []
  try {
    for (const item of (await store.queue()).items) {
      if (item.state === 'conflict' || item.state === 'refused') continue
      done.push(...await one(item, () => deliver(item.payload)))
    }
  } finally { running = null }
  return done
})()

const one = async (item, ask) => {
  let answer
  try { answer = await ask() } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (error.kind === 'failed') { // it waits for its next turn; those behind it go on
      if (!item.failing) await keep({ ...item, failing: true })
      return []
    }
    if (error.kind !== 'refused') throw error
    await keep({ ...item, state: 'refused', text: error.message, code: error.answer.code, field: error.answer.field })
    return []
  }
  if (answer.state === 'conflict') {
    await keep({ ...item, state: 'conflict', conflict: answer.conflict })
    return []
  }
  if (answer.state === 'received') return [] // somebody else is at it: asked again next time
  await store.dequeue(item.payload.key)
  return [{ item, answer }]
}

const keep = (item) => store.enqueue(item)

/** Answer a conflict. Returns what was done, as `flush`. */
export const choose = (item, choice) => one(item, () => decide(item.payload, item.conflict.kind, choice))

export const count = async () => {
  const { items, locked } = await store.queue()
  return items.length + locked
}
