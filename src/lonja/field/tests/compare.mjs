// Reads {content, carts, day} and answers the amounts of each cart, as the telephone computes them.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const money = await import(pathToFileURL(process.argv[2]))
const { content, carts, day } = JSON.parse(readFileSync(0, 'utf8'))
const answers = carts.map((cart) => {
  const lines = money.priced(content, cart, day)
  const numbers = money.figures(lines, cart.global_discount_pct)
  return { ...money.seenOf(numbers), nets: lines.map((line) => Number(line.net.n)) }
})
process.stdout.write(JSON.stringify(answers))
