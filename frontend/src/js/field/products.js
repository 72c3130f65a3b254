// Step 2: products and quantities, with the prices of the client's tarifa as they change.
import { cartOf, line, lonely, membersOf, overLimit, pick, reckon } from './draft.js'
import * as clock from './clock.js'
import { dec, euros, greatestDiscount, less, numberText, plain, priceText, readNumber, round, mul, sub, unitPrice } from './money.js'
import { possible, scan } from './scan.js'
import { check, dayText, field, fold, h, icon, say, sheet, t } from './ui.js'

const KINDS = { product: 'package', service: 'settings', subscription: 'repeat' }
const TAXES = { '01': 'IVA', '02': 'IPSI', '03': 'IGIC' }
const SHOWN = 60
const HUNDRED = dec('100')

const net = ({ price, discount }) => (discount.n ? round({ n: mul(price, sub(HUNDRED, discount)).n, s: price.s + discount.s + 2 }, 6) : price)

export const priceOf = (app, id, quantity = '1') =>
  unitPrice(app.data.prices, String(id), dec(quantity), String(app.draft.client?.list ?? ''), clock.today())

const priceLine = (app, product) => {
  const { pace } = app.data.prices.products[product.id]
  const quantity = app.draft.lines[product.id]?.quantity ?? '1'
  const now = priceOf(app, product.id, quantity)
  const parts = [`${priceText(net(now))}${pace ? ` ${t('per_month')}` : ''}`]
  const tiers = app.data.prices.lists[app.draft.client?.list]?.items[product.id] ?? []
  const next = tiers.find((tier) => less(dec(quantity), dec(tier[0])) && !less(dec(tier[0]), dec('2')))
  if (next) parts.push(t('from', { n: numberText(next[0]), price: priceText(net(priceOf(app, product.id, next[0]))) }))
  if (now.until) parts.push(t('until', { date: dayText(now.until) }))
  return parts.join(' · ')
}

const shown = (app) => {
  const { catalogue, prices } = app.data
  const named = (one) => prices.products[one.id]?.name ?? ''
  if (app.search) {
    const words = fold(app.search).split(/\s+/).filter(Boolean)
    return catalogue.filter((one) => { const text = fold(`${one.code} ${named(one)} ${one.family}`); return words.every((word) => text.includes(word)) })
  }
  const by = Object.fromEntries(catalogue.map((one) => [one.id, one]))
  if (app.family === '*cart') return app.draft.order.map((id) => by[id]).filter(Boolean)
  if (app.family === '*all') return catalogue
  if (app.family) return catalogue.filter((one) => one.family === app.family)
  // What is chosen joins at the end: nothing moves under the thumb.
  const usual = [app.favourites, app.data.popular, catalogue.slice(0, 12).map((one) => one.id)].find((ids) => ids.some((id) => by[id]))
  return [...new Set([...(usual ?? []), ...app.draft.order])].map((id) => by[id]).filter(Boolean)
}

const chips = (app) => {
  const families = [...new Set(app.data.catalogue.map((one) => one.family).filter(Boolean))].slice(0, 30)
  const options = [['', t('favourites')], ...(app.draft.order.length ? [['*cart', t('in_cart', { n: app.draft.order.length })]] : []), ...families.map((name) => [name, name]), ['*all', t('everything')]]
  return h('div', { class: 'chips', role: 'group', 'aria-label': t('find_product') }, options.map(([value, label]) =>
    h('button', { type: 'button', class: 'chip', 'data-f': `chip-${value}`, 'aria-pressed': String(app.family === value && !app.search), onclick: () => { app.family = value; app.search = ''; app.refresh() } }, label)))
}

const step = (app, id, by) => {
  const held = app.draft.lines[id]
  if (!held) {
    app.draft.order.push(id)
    app.draft.lines[id] = line()
  } else {
    const quantity = plain(by > 0 ? { n: dec(held.quantity).n + 10n ** BigInt(dec(held.quantity).s), s: dec(held.quantity).s } : sub(dec(held.quantity), dec('1')))
    if (less(dec('0'), dec(quantity))) held.quantity = quantity
    else remove(app, id)
  }
  app.changed()
  const { name } = app.data.prices.products[id]
  say(`${name}: ${numberText(app.draft.lines[id]?.quantity ?? '0')}`)
}
/** What adds the product of a code that was read; false when there is none. */
const byCode = (app) => (read) => {
  const code = fold(read.trim())
  const product = app.data.catalogue.find((one) => one.code && fold(one.code) === code)
  if (product) step(app, product.id, 1)
  return Boolean(product)
}
const remove = (app, id) => {
  app.draft.order = app.draft.order.filter((one) => one !== id)
  delete app.draft.lines[id]
}

const row = (app, product) => {
  const { name } = app.data.prices.products[product.id]
  const held = app.draft.lines[product.id]
  const thumb = h('span', { class: 'th', 'aria-hidden': 'true' }, icon(KINDS[product.kind] ?? 'package', 'l'))
  const flags = held ? [held.section, held.group ? t('one_of', { group: held.group }) : held.optional && t('optional_line'), held.discount !== '0' && `−${numberText(held.discount)}\u00a0%`].filter(Boolean).join(' · ') : ''
  const text = h('span', { class: 'pr-text' }, h('b', {}, name), h('small', {}, priceLine(app, product)), flags ? h('small', { class: 'flag' }, flags) : null)
  return h('li', { class: 'pr', 'data-product': product.id },
    h('button', { type: 'button', class: 'pr-open', 'data-f': `open-${product.id}`, 'aria-haspopup': 'dialog', onclick: () => details(app, product) }, thumb, text),
    held
      ? h('div', { class: 'stepper', role: 'group', 'aria-label': name },
        h('button', { type: 'button', 'data-f': `less-${product.id}`, 'aria-label': t('less', { name }), onclick: () => step(app, product.id, -1) }, icon('minus')),
        h('b', {}, numberText(held.quantity)),
        h('button', { type: 'button', 'data-f': `more-${product.id}`, 'aria-label': t('more', { name }), onclick: () => step(app, product.id, 1) }, icon('plus')))
      : h('button', { type: 'button', class: 'add', 'data-f': `more-${product.id}`, 'aria-label': t('add', { name }), onclick: () => step(app, product.id, 1) }, icon('plus', 'l')))
}

const limitError = (app, lines, global) =>
  app.data.limit !== null && less(dec(app.data.limit), greatestDiscount(lines, global)) ? t('over_limit', { limit: numberText(app.data.limit) }) : ''

/** Quantity, discount, section and option of a product; also its star. */
const details = (app, product, typed = null, errors = {}) => {
  const { name } = app.data.prices.products[product.id]
  const held = typed ?? { ...line(), ...app.draft.lines[product.id] }
  const sections = [...new Set(app.draft.order.map((id) => app.draft.lines[id].section).filter(Boolean))]
  const groups = [...new Set(app.draft.order.map((id) => app.draft.lines[id].group).filter(Boolean))]
  const starred = app.favourites.includes(product.id)
  const apply = (event) => {
    event.preventDefault()
    const read = (control) => readNumber(form.elements[control].value)
    const group = form.elements.group.value.trim()
    const others = group ? membersOf(app.draft, group).filter((id) => id !== product.id) : []
    const next = { quantity: read('quantity'), discount: read('discount'), optional: form.elements.optional.checked || Boolean(group), chosen: held.chosen, section: form.elements.section.value.trim(), group }
    const wrong = {}
    if (others.some((id) => app.data.prices.products[id].pace !== app.data.prices.products[product.id].pace)) wrong.group = t('group_pace')
    if (next.quantity === null || !less(dec('0'), dec(next.quantity))) wrong.quantity = t('bad_number')
    if (next.discount === null || less(HUNDRED, dec(next.discount))) wrong.discount = t('bad_number')
    else {
      const others = cartOf(app.draft).lines.filter((one) => one.product !== product.id)
      wrong.discount = limitError(app, [...others, { discount_pct: next.discount }], app.draft.discount)
    }
    if (wrong.quantity || wrong.discount || wrong.group) {
      close()
      details(app, product, { ...next, quantity: form.elements.quantity.value, discount: form.elements.discount.value }, wrong)
      return
    }
    if (!app.draft.lines[product.id]) app.draft.order.push(product.id)
    const before = app.draft.lines[product.id]?.group ?? ''
    if (group && group !== before) next.chosen = !others.length
    else if (!group && before) next.chosen = true
    app.draft.lines[product.id] = next
    for (const id of others) app.draft.lines[id].section = next.section // they are offered together
    close()
    app.changed()
  }
  const form = h('form', { novalidate: true, onsubmit: apply },
    h('div', { class: 'two' },
      field('quantity', t('quantity'), { value: numberText(held.quantity), inputmode: 'decimal', error: errors.quantity ?? '' }),
      field('discount', t('discount'), { value: numberText(held.discount), inputmode: 'decimal', error: errors.discount ?? '' })),
    field('section', t('section'), { value: held.section, maxlength: 120, optional: true, list: 'secciones' }),
    h('datalist', { id: 'secciones' }, sections.map((one) => h('option', { value: one }))),
    check('optional', t('optional_line'), held.optional),
    field('group', t('group'), { value: held.group ?? '', maxlength: 60, optional: true, list: 'grupos', hint: t('group_hint'), error: errors.group ?? '' }),
    h('datalist', { id: 'grupos' }, groups.map((one) => h('option', { value: one }))),
    h('button', { type: 'submit', class: 'btn primary wide' }, t('apply')),
    app.draft.lines[product.id] ? h('button', { type: 'button', class: 'btn wide danger', onclick: () => { remove(app, product.id); close(); app.changed() } }, icon('trash'), t('remove')) : null)
  const star = h('button', { type: 'button', class: `btn wide star${starred ? ' on' : ''}`, 'aria-pressed': String(starred), onclick: () => { app.toggleFavourite(product.id); close() } }, icon('star'), t('favourite'))
  const { close } = sheet(name, h('p', { class: 'hint' }, priceLine(app, product)), form, star)
}

const globalSheet = (app, typed = null, error = '') => {
  const form = h('form', { novalidate: true, onsubmit: (event) => {
    event.preventDefault()
    const value = readNumber(form.elements.global.value)
    const wrong = value === null || less(HUNDRED, dec(value)) ? t('bad_number') : limitError(app, cartOf(app.draft).lines, value)
    close()
    if (wrong) return globalSheet(app, form.elements.global.value, wrong)
    app.draft.discount = value
    return app.changed()
  } },
  field('global', t('global_discount'), { value: typed ?? numberText(app.draft.discount), inputmode: 'decimal', error }),
  h('button', { type: 'submit', class: 'btn primary wide' }, t('apply')))
  const { close } = sheet(t('global_discount'), form)
}

/** «4.375,36 €», «42,35 € al mes», or both. */
export const headline = (numbers) => {
  const monthly = Object.values(numbers.recurring).map((part) => `${euros(part.total)} ${t('per_month')}`)
  return [...(numbers.once || !monthly.length ? [euros(numbers.once?.total ?? 0n)] : []), ...monthly]
}

const marginOf = (app, lines) => {
  const costs = Object.fromEntries(app.data.catalogue.filter((one) => one.cost).map((one) => [one.id, one.cost]))
  const known = lines.filter((one) => one.taken && costs[one.product] && one.net.n > 0n)
  if (!known.length) return ''
  const sold = known.reduce((sum, one) => sum + one.net.n, 0n)
  const spent = known.reduce((sum, one) => sum + round(mul(one.quantity, dec(costs[one.product])), 2).n, 0n)
  return t('margin', { pct: numberText(plain(round({ n: (sold - spent) * 100000n / sold, s: 3 }, 1))) })
}

export const totalBar = (app, label, act, { name = '', locked = false } = {}) => {
  const { lines, numbers } = reckon(app.draft, app.data)
  const count = lines.filter((one) => one.taken).length
  const tax = TAXES[lines.find((one) => one.tax.rate !== null)?.tax.tax] ?? 'IVA'
  const [first, ...rest] = headline(numbers)
  const margin = locked ? '' : marginOf(app, lines)
  return [
    h('div', { class: 'total', role: 'status' },
      h('span', {}, [count === 1 ? t('concepts_one') : t('concepts', { n: count }), t('tax_in', { tax }), margin].filter(Boolean).join(' · ')),
      h('b', {}, first, rest.length ? h('small', {}, `+ ${rest.join(' + ')}`) : null)),
    h('button', { type: 'button', class: 'btn primary wide big', 'data-f': name, disabled: !count || Boolean(lonely(app.draft)), onclick: act }, label, icon('chevron-right')),
  ]
}

export const view = (app) => {
  const found = shown(app)
  const find = h('input', { type: 'search', class: 'in', 'data-f': 'find', autocomplete: 'off', value: app.search, 'aria-label': t('find_product'), placeholder: t('find_product'), oninput: () => { app.search = find.value; app.refresh() } })
  return {
    back: () => app.show('client'),
    main: [
      h('div', { class: possible() ? 'find with-scan' : 'find' }, icon('search', 'l'), find,
        possible() ? h('button', { type: 'button', class: 'icon-btn', 'data-f': 'scan', 'aria-haspopup': 'dialog', 'aria-label': t('scan'), onclick: () => scan(byCode(app)) }, icon('barcode', 'l')) : null),
      chips(app),
      found.length ? h('ul', { class: 'card' }, found.slice(0, SHOWN).map((product) => row(app, product))) : h('p', { class: 'empty' }, t('no_products')),
      app.draft.order.length ? h('div', { class: 'tools' },
        h('button', { type: 'button', class: 'btn', 'data-f': 'global', onclick: () => globalSheet(app) }, icon('percentage'), app.draft.discount === '0' ? t('discount_line') : `−${numberText(app.draft.discount)}\u00a0%`),
        h('button', { type: 'button', class: 'btn', 'data-f': 'mode', onclick: app.lock }, icon('eye-off'), t('client_mode'))) : null,
      lonely(app.draft) ? h('p', { class: 'warn-box', role: 'status' }, icon('alert-triangle', 's'), ' ', t('group_alone', { group: lonely(app.draft) })) : null,
      overLimit(app.draft, app.data) ? h('p', { class: 'warn-box' }, t('over_limit', { limit: numberText(app.data.limit) })) : null,
    ],
    foot: totalBar(app, t('generate'), () => app.show('sign'), { name: 'generate' }),
    ready: () => {
      const pressed = document.querySelector('.chips [aria-pressed="true"]')
      if (pressed) pressed.parentElement.scrollLeft = Math.max(0, pressed.offsetLeft - 120)
    },
  }
}

/** What the customer sees in «Modo cliente»: what there is, what they may tick, what it costs. */
export const customerView = (app) => {
  const { lines } = reckon(app.draft, app.data)
  let [section, group] = ['', '']
  const rows = lines.flatMap((one) => {
    const head = one.section !== section ? [h('li', { class: 'section' }, one.section || '—')] : []
    if (one.group && one.group !== group) head.push(h('li', { class: 'group-head', id: `grupo-${one.product}` }, h('span', { class: 'tag' }, t('choose_one')), h('b', {}, one.group)))
    section = one.section
    group = one.group
    const amount = h('span', { class: 'num' }, `${euros(one.net.n)}${one.pace ? ` ${t('per_month')}` : ''}`)
    const text = h('span', { class: 'grow' }, h('b', {}, one.name), h('small', {}, `${numberText(plain(one.quantity))} × ${priceText(net(one))}`))
    const tick = () => { app.draft.lines[one.product].chosen = !one.taken; app.changed() }
    const take = () => { pick(app.draft, one.product); app.changed() }
    return [...head, h('li', { class: one.group ? 'pick of-group' : 'pick' }, one.group
      ? h('label', { class: 'choice' }, h('input', { type: 'radio', class: 'check', name: `grupo-${one.group}`, 'data-f': `pick-${one.product}`, checked: one.taken, onchange: take }), text, amount)
      : one.optional
      ? h('label', { class: 'choice' }, h('input', { type: 'checkbox', class: 'check', 'data-f': `pick-${one.product}`, checked: one.taken, 'aria-label': t('include', { name: one.name }), onchange: tick }), text, amount)
      : h('div', { class: 'choice' }, icon('check'), text, amount))]
  })
  return {
    main: [h('h2', { class: 'title' }, t('client_mode_on')), h('ul', { class: 'card pad' }, rows)],
    foot: totalBar(app, t('done_choosing'), () => app.show('sign'), { name: 'done', locked: true }),
  }
}
