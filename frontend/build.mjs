// Builds everything the browser and the PDF writer need from npm packages and src/.
// Run by hatch_build.py (and by hand: `node build.mjs`). Nothing third-party is committed.
import { build } from 'esbuild'
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import * as sass from 'sass'
import subsetFont from 'subset-font'

const here = dirname(fileURLToPath(import.meta.url))
process.chdir(here)
const lonja = join(here, '..', 'src', 'lonja')
const out = join(lonja, 'ui', 'static', 'build')
const ttf = join(lonja, 'documents', 'fonts')
rmSync(out, { recursive: true, force: true })
for (const dir of [join(out, 'fonts'), ttf]) mkdirSync(dir, { recursive: true })

// --- fonts
const inter = 'node_modules/@fontsource-variable/inter/files'
copyFileSync(`${inter}/inter-latin-opsz-normal.woff2`, join(out, 'fonts/inter-latin.woff2'))
copyFileSync(`${inter}/inter-latin-ext-opsz-normal.woff2`, join(out, 'fonts/inter-latin-ext.woff2'))
// Pages for customers are opened once, on any network: their letter has only what they use of it, the
// languages of Europe in Latin letters, from regular to bold, with its kerning and its aligned figures.
// What is left out is written with the letter of the device.
const range = (first, last = first) => String.fromCodePoint(...Array.from({ length: last - first + 1 }, (_, n) => first + n))
const lighter = async (from, to, text) =>
  writeFileSync(join(out, 'fonts', to), await subsetFont(readFileSync(`${inter}/${from}`), text, {
    targetFormat: 'woff2', variationAxes: { wght: { min: 400, max: 700 } }, noHinting: true,
    keepFeatures: ['kern', 'tnum', 'ccmp', 'locl', 'mark'],
  }))
await lighter('inter-latin-wght-normal.woff2', 'inter-public.woff2', range(0x20, 0x7e) + range(0xa0, 0xff) +
  range(0x131) + range(0x152, 0x153) + range(0x2000, 0x206f) + range(0x20ac) + range(0x2122) + range(0x2212))
await lighter('inter-latin-ext-wght-normal.woff2', 'inter-public-ext.woff2', range(0x100, 0x130) + range(0x132, 0x151) +
  range(0x154, 0x17f) + range(0x218, 0x21b))
copyFileSync('node_modules/@fontsource-variable/inter/LICENSE', join(out, 'fonts/inter-LICENSE.txt'))
for (const weight of ['400Regular', '500Medium', '600SemiBold', '700Bold']) {
  copyFileSync(`node_modules/@expo-google-fonts/inter/${weight}/Inter_${weight}.ttf`, join(ttf, `Inter_${weight}.ttf`))
}
copyFileSync('node_modules/dejavu-fonts-ttf/ttf/DejaVuSans.ttf', join(ttf, 'DejaVuSans.ttf'))

// --- styles
const scss = (file) =>
  sass.compile(`src/scss/${file}`, {
    loadPaths: ['node_modules', 'src/scss'], style: 'expanded', quietDeps: true,
    silenceDeprecations: ['import', 'global-builtin', 'if-function', 'color-functions'],
  }).css.replace('@charset "UTF-8";', '')
const prefixed = scss('tabler.scss').replaceAll(/--(?!tblr-)([a-z])/g, '--tblr-$1')
const style = async (name, css) => {
  const { outputFiles } = await build({
    stdin: { contents: css, loader: 'css', resolveDir: out }, bundle: true, minify: true, write: false,
    external: ['./fonts/*'], target: ['chrome111', 'firefox113', 'safari16.4'], outfile: join(out, name),
  })
  writeFileSync(join(out, name), outputFiles[0].text.replace(/\n?\/[/*]# sourceMappingURL=.*$/gm, ''))
}
await style('app.css', prefixed + scss('app.scss'))
await style('public.css', scss('public.scss'))
await style('field.css', scss('field.scss'))

// --- behaviour
await build({
  entryPoints: {
    app: 'src/js/app.js', public: 'src/js/public.js', field: 'src/js/field.js', charts: 'src/js/lazy/charts.js',
    signature: 'src/js/lazy/signature.js', combobox: 'src/js/lazy/combobox.js', lines: 'src/js/lazy/lines.js',
    passkey: 'src/js/lazy/passkey.js', pipeline: 'src/js/lazy/pipeline.js',
  },
  bundle: true, minify: true, format: 'esm', outdir: out, target: ['chrome111', 'firefox113', 'safari16.4'],
  legalComments: 'none', logLevel: 'warning',
})

// --- icons: every outline of the family, in one file the {% icon %} tag reads once
const outline = 'node_modules/@tabler/icons/icons/outline'
const icons = {}
for (const file of readdirSync(outline)) {
  icons[file.slice(0, -4)] = readFileSync(`${outline}/${file}`, 'utf8')
    .replace(/^[\s\S]*?<svg[^>]*>/, '').replace('</svg>', '').replaceAll(/\s*\n\s*/g, '')
}
writeFileSync(join(out, 'icons.json.gz'), gzipSync(JSON.stringify(icons)))

// --- report, and two promises: no source map line, sizes
const report = {}
for (const name of readdirSync(out)) {
  if (!/\.(css|js)$/.test(name)) continue
  const bytes = readFileSync(join(out, name))
  if (bytes.includes('sourceMappingURL=')) throw new Error(`${name} names a source map`)
  report[name] = gzipSync(bytes).length
}
writeFileSync(join(out, 'sizes.json'), JSON.stringify(report))
console.log(Object.entries(report).map(([name, size]) => `${name} ${(size / 1024).toFixed(1)} kB gzip`).join('\n'))
console.log(`${Object.keys(icons).length} icons`)
