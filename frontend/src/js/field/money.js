// Exact decimals and the totals of a cart, by the same rules as lonja.tax.totals and
// lonja.field.prices. Amounts never touch a float: a decimal is { n: BigInt, s: scale }.
// A test compares both over hundreds of carts.

const TEN = 10n
export const dec = (text) => {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  return { n: BigInt(`${sign}${whole}${fraction}`), s: fraction.length }
}
const ZERO = { n: 0n, s: 0 }
const HUNDRED = { n: 100n, s: 0 }

const at = ({ n, s }, scale) => n * TEN ** BigInt(scale - s)
export const add = (a, b) => { const s = Math.max(a.s, b.s); return { n: at(a, s) + at(b, s), s } }
export const sub = (a, b) => add(a, { n: -b.n, s: b.s })
export const mul = (a, b) => ({ n: a.n * b.n, s: a.s + b.s })
export const less = (a, b) => { const s = Math.max(a.s, b.s); return at(a, s) < at(b, s) }
const hundredth = ({ n, s }) => ({ n, s: s + 2 })

/** Half away from zero, as ROUND_HALF_UP of Python. */
export const round = ({ n, s }, places) => {
  if (s <= places) return { n: n * TEN ** BigInt(places - s), s: places }
  const unit = TEN ** BigInt(s - places)
  const size = n < 0n ? -n : n
  const up = (size * 2n + unit) / (unit * 2n)
  return { n: n < 0n ? -up : up, s: places }
}
export const cents = (value) => round(value, 2).n
const percent = (amount, pct) => round(hundredth(mul(amount, pct)), 2)

/** The text of a decimal without zeros at the end: «689», «649.5». */
export const plain = ({ n, s }) => {
  const digits = (n < 0n ? -n : n).toString().padStart(s + 1, '0')
  const whole = s ? digits.slice(0, -s) : digits
  const fraction = s ? digits.slice(-s).replace(/0+$/, '') : ''
  return `${n < 0n ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`
}

// --- prices: as lonja.field.prices.unit_price ------------------------------------------------------
const within = (since, until, day) => (since === null || since <= day) && (until === null || day <= until)
const ONE = { n: 1n, s: 0 }

/** { price, discount, until, from } of so many units of a product on a day (YYYY-MM-DD). */
export const unitPrice = (content, product, quantity, list, day) => {
  const base = dec(content.products[product].price)
  const tariff = content.lists[list]
  const catalogue = { price: base, discount: ZERO, until: null, tariff: '' }
  if (!tariff || !within(tariff.from, tariff.until, day)) return catalogue
  const size = quantity.n < 0n ? { n: -quantity.n, s: quantity.s } : quantity
  const units = less(size, ONE) ? ONE : size
  let found = null
  for (const item of tariff.items[product] ?? []) {
    if (within(item[3], item[4], day) && !less(units, dec(item[0]))) found = item
  }
  if (!found) return catalogue
  const ends = [found[4], tariff.until].filter(Boolean).sort()
  return {
    price: found[1] === null ? base : dec(found[1]), discount: dec(found[2]),
    until: ends[0] ?? null, tariff: tariff.name,
  }
}

// --- carts: as lonja.field.prices.priced and sales.snapshot.figures --------------------------------
/** The places of the lines that are in, as lonja.field.prices.chosen_of. */
const chosenOf = (lines) => {
  const places = (name) => lines.flatMap((one, place) => (one.group === name ? [place] : []))
  return new Set(lines.flatMap((one, place) => {
    if (!one.group) return one.chosen || !one.optional ? [place] : []
    const members = places(one.group)
    return [members.find((other) => lines[other].chosen) ?? members[0]]
  }))
}

export const priced = (content, cart, day) => {
  const taken = chosenOf(cart.lines)
  return cart.lines.map((asked, index) => pricedLine(content, cart, day, asked, index, taken.has(index)))
}

const pricedLine = (content, cart, day, asked, index, taken) => {
  const product = content.products[asked.product]
  const quantity = dec(asked.quantity)
  const own = dec(asked.discount_pct)
  const found = unitPrice(content, String(asked.product), quantity, String(cart.price_list ?? ''), day)
  let { price, discount } = found
  if (own.n) {
    price = round(hundredth(mul(price, sub(HUNDRED, discount))), 6)
    discount = own
  }
  const tax = content.taxes[cart.tax_category || product.tax]
  return {
    key: index + 1, product: asked.product, name: product.name, quantity, price, discount,
    tax: { ...tax, surcharge: cart.surcharge ? tax.surcharge : null },
    taken, optional: asked.optional || Boolean(asked.group), group: asked.group ?? '', section: asked.section,
    pace: product.pace, unit: product.unit, until: found.until, tariff: found.tariff,
    net: lineNet(quantity, price, discount),
  }
}

const lineNet = (quantity, price, discount) => {
  let value = mul(quantity, price)
  if (discount.n) value = hundredth(mul(value, sub(HUNDRED, discount)))
  return round(value, 2)
}

const partOf = (lines, global) => {
  const sums = new Map()
  for (const line of lines) {
    const { tax, regime, qualification, exemption, rate, surcharge } = line.tax
    const key = JSON.stringify([tax, regime, qualification, exemption, rate, surcharge])
    const group = sums.get(key) ?? { rate, surcharge, net: { n: 0n, s: 2 }, label: line.tax.label }
    group.net = add(group.net, line.net)
    sums.set(key, group)
  }
  const part = { base: 0n, tax: 0n, total: 0n, discount: 0n, groups: [] }
  for (const group of sums.values()) {
    const off = global.n ? percent(group.net, global) : { n: 0n, s: 2 }
    const base = sub(group.net, off)
    const amount = group.rate === null ? 0n : percent(base, dec(group.rate)).n
    const extra = group.surcharge === null ? 0n : percent(base, dec(group.surcharge)).n
    part.base += base.n
    part.tax += amount + extra
    part.discount += off.n
    part.groups.push({ label: group.label, base: base.n, tax: amount, surcharge: extra })
  }
  part.total = part.base + part.tax
  return part
}

/** The amounts in cents: what is paid once, and each pace apart. */
export const figures = (lines, globalPct) => {
  const global = dec(globalPct)
  const parts = new Map()
  for (const line of lines.filter((one) => one.taken)) {
    parts.set(line.pace, [...(parts.get(line.pace) ?? []), line])
  }
  const found = { once: null, recurring: {} }
  for (const [pace, members] of parts) {
    if (pace) found.recurring[pace] = partOf(members, global)
    else found.once = partOf(members, global)
  }
  return found
}

/** What travels to the server as «seen»: plain numbers of cents. */
export const seenOf = (numbers) => ({
  base: Number(numbers.once?.base ?? 0n),
  total: Number(numbers.once?.total ?? 0n),
  recurring: Object.fromEntries(
    Object.entries(numbers.recurring).map(([pace, part]) => [pace, Number(part.total)])),
})

/** The greatest discount in per cent with two decimals, a line's and the whole's together. */
export const greatestDiscount = (lines, globalPct) => {
  const worst = lines.map((one) => dec(one.discount_pct)).reduce((a, b) => (less(a, b) ? b : a), ZERO)
  const left = hundredth(mul(sub(HUNDRED, worst), sub(HUNDRED, dec(globalPct))))
  return round(sub(HUNDRED, left), 2)
}

// --- as people write them ---------------------------------------------------------------------------
const NBSP = '\u00a0'
const grouped = (whole) => whole.replace(/\B(?=(\d{3})+(?!\d))/g, '.')

/** 437536n → «4.375,36 €». */
export const euros = (amount) => {
  const size = (amount < 0n ? -amount : amount).toString().padStart(3, '0')
  return `${amount < 0n ? '\u2212' : ''}${grouped(size.slice(0, -2))},${size.slice(-2)}${NBSP}€`
}

/** A price with the decimals it has, at least two: «689,00 €», «0,0425 €». */
export const priceText = (value) => {
  const [whole, fraction = ''] = plain(value).split('.')
  return `${grouped(whole)},${fraction.padEnd(2, '0')}${NBSP}€`
}
export const numberText = (text) => text.replace('.', ',')

/** What a person typed («12,5», «1.200») as a decimal text, or null. */
export const readNumber = (typed) => {
  const bare = typed.trim().replace(/\s|%/g, '')
  if (/^\d{1,3}(\.\d{3})+(,\d{1,6})?$/.test(bare)) return bare.replaceAll('.', '').replace(',', '.')
  return /^\d{1,9}([.,]\d{1,6})?$/.test(bare) ? plain(dec(bare.replace(',', '.'))) : null
}
