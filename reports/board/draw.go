package board

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"
)

//go:embed pages static
var embedded embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"until":   func(t time.Time) int64 { return t.UnixMilli() },
	"ends":    func(s Step) int64 { return s.Begun.Add(s.Lasts).UnixMilli() },
	"here":    here,
	"next":    func(n int) int { return n + 1 },
	"title":   func(s string) string { return strings.ToUpper(s[:1]) + s[1:] },
	"percent": func(n, of int) int { return 100 * n / max(1, of) },
	"seconds": func(d time.Duration) string { return fmt.Sprintf("%.0f s", d.Seconds()) },
}).ParseFS(embedded, "pages/*.html"))

// draw renders the parts of the page and tells the streams what has changed.
func (b *Board) draw() {
	b.mu.Lock()
	defer b.mu.Unlock()
	v := b.look()
	before, rows := b.version, len(b.rows)
	for _, name := range []string{"top", "path", "now", "steps", "armed", "walkable"} {
		html := render(name, v)
		b.put(name, html, html)
	}
	still := v
	still.Payouts, still.Armed = nil, "" // parts of their own: the forms stay as they are
	b.put("act", render("act", v), render("act", still))
	for _, s := range v.Sections {
		for _, i := range s.Items {
			html := render("item", i)
			b.put("item-"+i.ID, html, html)
		}
	}
	if b.version != before || rows != b.told {
		b.told = rows
		close(b.changed)
		b.changed = make(chan struct{})
	}
}

// put keeps one part; it is news where what counts of it has changed. The lock
// is held.
func (b *Board) put(id string, html, counts template.HTML) {
	at := slices.IndexFunc(b.parts, func(p *part) bool { return p.id == id })
	if at < 0 {
		at = len(b.parts)
		b.parts = append(b.parts, &part{id: id})
	}
	p := b.parts[at]
	p.html = html
	if p.counts != counts || p.version == 0 {
		b.version++
		p.version, p.counts = b.version, counts
	}
}

// render writes a template of ours; one that cannot be written is a mistake of
// ours, and says so on the page.
func render(name string, data any) template.HTML {
	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, name, data); err != nil {
		return template.HTML("<p>" + template.HTMLEscapeString(err.Error()) + "</p>")
	}
	return template.HTML(out.String()) //nolint:gosec // written by html/template just now
}
