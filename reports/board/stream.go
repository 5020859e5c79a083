package board

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"
)

// window is how many rows a page begins with, and a search finds at most.
const window = 150

// cursor is how far a page has come: of which board, how many rows, which
// version of the parts. It is the id of a server-sent event.
type cursor struct {
	epoch         string
	rows, version int
}

func (c cursor) String() string { return fmt.Sprintf("%s.%d.%d", c.epoch, c.rows, c.version) }

func readCursor(text string) (c cursor) {
	fields := strings.ReplaceAll(text, ".", " ")
	if n, err := fmt.Sscanf(fields, "%s %d %d", &c.epoch, &c.rows, &c.version); n != 3 || err != nil || c.rows < 0 {
		return cursor{}
	}
	return c
}

// news is what a page lacks.
type news struct {
	Parts []template.HTML `json:"parts"`
	Rows  template.HTML   `json:"rows"` // the newest first
	more  bool
}

// since is what has happened after a cursor, the cursor that leads to, and what
// is closed when there is more. A page that lacks many rows gets the newest.
func (b *Board) newsAfter(c cursor) (n news, to cursor, changed chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	to = cursor{b.epoch, len(b.rows), b.version}
	for _, p := range b.parts {
		if p.version > c.version {
			n.Parts = append(n.Parts, p.html)
		}
	}
	from := max(min(c.rows, len(b.rows)), len(b.rows)-window)
	n.Rows = rowsOf(b.rows[from:])
	n.more = to != c
	return n, to, b.changed
}

// rowsOf renders rows, the newest first.
func rowsOf(rows []row) template.HTML {
	var out strings.Builder
	for i := len(rows) - 1; i >= 0; i-- {
		out.WriteString(string(render("row", rows[i])))
	}
	return template.HTML(out.String()) //nolint:gosec // of html/template
}

// page is the whole page as it stands.
func (b *Board) page(w http.ResponseWriter, _ *http.Request, r role) {
	n, to, _ := b.newsAfter(cursor{})
	b.mu.Lock()
	parts := map[string]template.HTML{}
	var sections []template.HTML
	for _, p := range b.parts {
		parts[p.id] = p.html
	}
	v := b.look()
	b.mu.Unlock()
	for _, s := range v.Sections {
		var list strings.Builder
		for _, i := range s.Items {
			list.WriteString(string(parts["item-"+i.ID]))
		}
		sections = append(sections, render("section", map[string]any{"Name": s.Name, "Items": template.HTML(list.String())})) //nolint:gosec // of html/template
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = pages.ExecuteTemplate(w, "page", map[string]any{ // a reader who goes away is their own matter
		"View": v, "Parts": parts, "Sections": sections, "Rows": n.Rows, "Cursor": to.String(), "Presents": r.presents, "Role": r.name,
	})
}

// events streams what changes. Whoever reads slowly gets the latest; nothing
// queues up.
func (b *Board) events(w http.ResponseWriter, q *http.Request, _ role) {
	from := readCursor(q.URL.Query().Get("from"))
	if last := q.Header.Get("Last-Event-ID"); last != "" {
		from = readCursor(last)
	}
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	write := func(text string) bool {
		_ = out.SetWriteDeadline(b.now().Add(20 * time.Second))
		_, err := w.Write([]byte(text))
		return err == nil && out.Flush() == nil
	}
	if from.epoch != b.epoch {
		write("event: reload\ndata: another run\n\n")
		return
	}
	alive := time.NewTicker(15 * time.Second)
	defer alive.Stop()
	ok := write("retry: 1000\n: hello\n\n")
	for ok {
		n, to, changed := b.newsAfter(from)
		if n.more {
			data, err := json.Marshal(n)
			ok = err == nil && write(fmt.Sprintf("id: %s\ndata: %s\n\n", to, data))
			from = to
			continue
		}
		select {
		case <-changed:
		case <-alive.C:
			ok = write(": still here\n\n")
		case <-q.Context().Done():
			return
		case <-b.stop:
			return
		}
	}
}

// find answers the rows that hold a text, in the row itself or in what was sent
// and answered.
func (b *Board) find(w http.ResponseWriter, q *http.Request, _ role) {
	text := strings.ToLower(strings.TrimSpace(q.URL.Query().Get("q")))
	b.mu.Lock()
	within := b.within(text)
	var found []row
	for i := len(b.rows) - 1; i >= 0 && len(found) < window; i-- {
		if r := b.rows[i]; text == "" || strings.Contains(r.Search, text) || within[r.Ref] {
			found = append(found, r)
		}
	}
	b.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	for _, r := range found {
		_, _ = w.Write([]byte(render("row", r)))
	}
}

// within are the exchanges and deliveries that hold a text in headers or bodies,
// as recorded. The lock is held.
func (b *Board) within(text string) map[string]bool {
	found := map[string]bool{}
	if text == "" {
		return found
	}
	for _, x := range b.rec.Exchanges {
		found[x.ID] = holds(&x.Request, x.Response, text)
	}
	for _, d := range b.rec.Deliveries {
		found[d.ID] = holds(&d.Request, d.Response, text)
	}
	return found
}
