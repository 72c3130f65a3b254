// The quote being made. It saves itself, encrypted, a moment after each change.
import * as clock from './clock.js'
import { figures, greatestDiscount, less, dec, priced, seenOf } from './money.js'
import * as store from './store.js'

const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ' // no 0/O nor 1/I: it is read aloud
const reference = () => [...crypto.getRandomValues(new Uint8Array(4))].map((byte) => ALPHABET[byte % 32]).join('')

export const fresh = () => ({
  key: crypto.randomUUID(), reference: reference(), step: 1, client: null, lead: null,
  order: [], lines: {}, discount: '0', email: '', starts: '', signer: '', nif: '',
})

export const line = () => ({ quantity: '1', discount: '0', optional: false, chosen: true, section: '', group: '' })

/** The products of a draft in their order, those of a group one after another. */
const ordered = (draft) => {
  const groupOf = (product) => draft.lines[product].group || `*${product}`
  const groups = [...new Set(draft.order.map(groupOf))]
  return groups.flatMap((name) => draft.order.filter((product) => groupOf(product) === name))
}
/** The products of a group. */
export const membersOf = (draft, group) => draft.order.filter((product) => group && draft.lines[product].group === group)
/** The group of which only one is left, or '': there is nothing to choose. */
export const lonely = (draft) => draft.order.map((product) => draft.lines[product].group ?? '').find((name) => membersOf(draft, name).length === 1) ?? ''
/** Choose one of a group: the others are left. */
export const pick = (draft, product) => {
  for (const other of membersOf(draft, draft.lines[product].group)) draft.lines[other].chosen = other === product
}

/** The cart of a draft as the prices read it. */
export const cartOf = (draft) => ({
  price_list: draft.client?.list ?? null,
  surcharge: Boolean(draft.client?.surcharge),
  tax_category: draft.client?.tax ?? '',
  global_discount_pct: draft.discount,
  lines: ordered(draft).map((product) => {
    const { quantity, discount, optional, chosen, section, group = '' } = draft.lines[product]
    return { product, quantity, discount_pct: discount, optional, chosen, section, group }
  }),
})

/** { lines, numbers, cart } with today's prices of the copy. Products no longer there are left out. */
export const reckon = (draft, data) => {
  draft.order = draft.order.filter((product) => data.prices.products[product])
  const cart = cartOf(draft)
  const lines = priced(data.prices, cart, clock.today())
  return { cart, lines, numbers: figures(lines, cart.global_discount_pct) }
}

export const overLimit = (draft, data) =>
  data.limit !== null && less(dec(data.limit), greatestDiscount(cartOf(draft).lines, draft.discount))

const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/** The hash of what the customer has before their eyes. */
export const seenHash = async (draft, data) => {
  const { lines, numbers } = reckon(draft, data)
  const shown = {
    reference: draft.reference, client: draft.client?.legal ?? draft.client?.name ?? draft.lead?.name,
    lines: lines.map(({ name, quantity, price, discount, net, taken, pace }) =>
      [name, quantity, price, discount, net, taken, pace].map((one) => (one?.n === undefined ? one : `${one.n}e-${one.s}`))),
    seen: seenOf(numbers), conditions: data.conditions,
  }
  return hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(shown))))
}

/** What travels: the whole delivery, ready to be sent as often as needed. */
export const payloadOf = async (draft, data, { signature = null, mail = false } = {}) => {
  const { cart, numbers } = reckon(draft, data)
  const { client } = draft
  const known = client && { name: client.legal ?? client.name, phone: client.phone ?? '', email: client.email ?? '', nif: client.nif ?? '' }
  return {
    key: draft.key, reference: draft.reference, company: await store.meta.get('company'),
    snapshot: await store.meta.get('snapshot'), day: clock.today(),
    client: { id: client?.id ?? null, new: draft.lead ?? known },
    lines: cart.lines, global_discount_pct: draft.discount, seen: seenOf(numbers),
    terms: { price_list: cart.price_list, surcharge: cart.surcharge, tax_category: cart.tax_category },
    title: '', email: draft.email, mail, starts_on: draft.starts || null,
    made_at_device: clock.device(), signature,
  }
}

// Of each member their own: who shares a tablet finds theirs.
const place = async (name) => `${name}:${(await store.meta.get('member')) ?? ''}`
let timer = null
let waiting = null
/** Keep the draft shortly; `told(saved)` hears when it is on the disk. */
export const save = (draft, told = () => null) => {
  clearTimeout(timer)
  waiting = async () => { waiting = null; await store.write(await place('draft'), draft); told(true) }
  told(false)
  timer = setTimeout(() => waiting?.(), 250)
}
export const saveNow = () => { clearTimeout(timer); return waiting?.() }
/** Give up what was about to be saved: it is of whoever was here before. */
export const cancel = () => { clearTimeout(timer); waiting = null }
export const load = async () => store.read(await place('draft'))
export const drop = async () => { cancel(); await store.forget(await place('draft')) }

/** Whether something was begun in a draft. */
export const begun = (draft) => Boolean(draft.client || draft.lead || draft.order.length)
const asides = async () => (await store.read(await place('aside'))) ?? []
/** Put a draft aside while another is mended; `back` gives the last one, or null. */
export const aside = async (draft) => store.write(await place('aside'), [...(await asides()), draft])
export const back = async () => {
  const kept = await asides()
  const last = kept.pop() ?? null
  if (last) await store.write(await place('aside'), kept)
  return last
}
