import { BarController, BarElement, CategoryScale, Chart, Filler, LinearScale, LineController, LineElement, PointElement, Tooltip } from 'chart.js'
import { $$ } from '../dom.js'

Chart.register(BarController, BarElement, LineController, LineElement, PointElement, CategoryScale, LinearScale, Tooltip, Filler)

// <div class="chart" data-chart="bar|line" data-values='{"labels":[…],"series":[{"label","values",
//  "color":"c1"}],"stacked":true,"unit":"€","links":[…]}'><canvas …></div>
// An attribute and not a <script>: htmx takes scripts out of what it brings in.
const alive = new Map()
const token = (name) => getComputedStyle(document.body).getPropertyValue(`--${name}`).trim()
const compact = (value, unit, least = 0) => {
  const k = Math.abs(value) >= 1000
  const text = (k ? value / 1000 : value).toLocaleString('es-ES', { maximumFractionDigits: 1, minimumFractionDigits: k ? least : 0 })
  return `${text}${k ? '\u00a0k' : unit ? '\u00a0' : ''}${unit}`
}
const exact = (value, unit) =>
  `${Number(value).toLocaleString('es-ES', { minimumFractionDigits: unit === '€' ? 2 : 0, maximumFractionDigits: 2, useGrouping: 'always' })}${unit ? `\u00a0${unit}` : ''}`.replace('-', '−')

// The sum above each stack, as in print.
const totals = {
  id: 'totals',
  afterDatasetsDraw(chart, _, { show, unit }) {
    if (!show) return
    const { ctx } = chart
    ctx.save()
    ctx.font = "600 12px 'Inter Variable', system-ui"
    ctx.fillStyle = token('text')
    ctx.textAlign = 'center'
    chart.data.labels.forEach((_, index) => {
      let top = Infinity, x = 0, sum = 0
      chart.data.datasets.forEach((set, n) => {
        const bar = chart.getDatasetMeta(n).data[index]
        if (!bar) return
        x = bar.x
        top = Math.min(top, bar.y)
        sum += Number(set.data[index] || 0)
      })
      if (sum) ctx.fillText(compact(sum, unit === '€' ? '' : unit, 1), x, top - 7)
    })
    ctx.restore()
  },
}
const draw = (box) => {
  const canvas = box.querySelector('canvas')
  if (!box.dataset.values || !canvas) return
  alive.get(box)?.destroy()
  const data = JSON.parse(box.dataset.values)
  const line = box.dataset.chart === 'line'
  // On a phone, fewer bars: the next ones of what is to come, the last ones of what has been.
  const few = matchMedia('(max-width: 700px)').matches && !line ? (data.past ? 6 : 4) : data.labels.length
  const from = data.past ? Math.max(0, data.labels.length - few) : 0
  const unit = data.unit ?? ''
  const datasets = data.series.map((series, index) => {
    const color = token(series.color ?? `c${index + 1}`)
    const shared = { label: series.label, data: series.values.slice(from, from + few).map(Number) }
    if (!line) return { ...shared, backgroundColor: color, borderColor: token('surface'), borderWidth: { top: data.stacked ? 1.5 : 0 }, borderRadius: index === data.series.length - 1 || !data.stacked ? { topLeft: 4, topRight: 4 } : 0, borderSkipped: false, maxBarThickness: 56, categoryPercentage: 0.62 }
    return { ...shared, borderColor: color, borderWidth: 2, tension: 0.25, fill: index === 0, backgroundColor: (context) => {
      const { chartArea, ctx } = context.chart
      if (!chartArea) return 'transparent'
      const shade = ctx.createLinearGradient(0, chartArea.top, 0, chartArea.bottom)
      shade.addColorStop(0, `${color}33`)
      shade.addColorStop(1, `${color}00`)
      return shade
    }, pointRadius: (context) => (context.dataIndex === shared.data.length - 1 ? 4 : 0), pointBackgroundColor: token('surface'), pointBorderWidth: 2, pointHitRadius: 14 }
  })
  alive.set(box, new Chart(canvas, {
    type: line ? 'line' : 'bar',
    data: { labels: data.labels.slice(from, from + few), datasets },
    plugins: [totals],
    options: {
      maintainAspectRatio: false, responsive: true, locale: 'es-ES',
      animation: matchMedia('(prefers-reduced-motion: reduce)').matches ? false : { duration: 350 },
      layout: { padding: { top: data.stacked ? 20 : 8 } },
      interaction: { mode: 'index', intersect: false },
      onClick: (event, elements, chart) => {
        const [hit] = chart.getElementsAtEventForMode(event, 'index', { intersect: false }, true)
        const link = hit && data.links?.[from + hit.index]
        if (link) location.href = link
      },
      scales: {
        x: { stacked: Boolean(data.stacked), grid: { display: false }, border: { color: token('line-strong') }, ticks: { color: token('text-2'), font: { family: "'Inter Variable', system-ui", size: 12 }, maxRotation: 0, autoSkipPadding: 14 } },
        y: { display: data.axis !== false, stacked: Boolean(data.stacked), beginAtZero: data.zero !== false, border: { display: false }, grid: { color: token('line') }, ticks: { color: token('text-2'), maxTicksLimit: 5, font: { family: "'Inter Variable', system-ui", size: 12 }, callback: (value) => (value === 0 ? '0' : compact(value, unit)) } },
      },
      plugins: {
        totals: { show: Boolean(data.stacked), unit },
        tooltip: { backgroundColor: token('dark-bar'), padding: 10, cornerRadius: 8, boxPadding: 4, titleFont: { family: 'Inter Variable' }, bodyFont: { family: 'Inter Variable' }, callbacks: { label: (item) => ` ${item.dataset.label}: ${exact(item.raw, unit)}` } },
      },
    },
  }))
}
export const start = (root) => {
  for (const box of alive.keys()) if (!box.isConnected) { alive.get(box).destroy(); alive.delete(box) }
  const boxes = $$('[data-chart]', root)
  if (root instanceof Element && root.matches('[data-chart]')) boxes.push(root)
  boxes.forEach(draw)
}
document.addEventListener('lonja:theme', () => [...alive.keys()].forEach(draw))
