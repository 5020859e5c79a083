package proxy

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"

	"github.com/anton-payments/golive/fixtures/anton"
)

// Pages is a made-up list in odd pages (INT-8): with 57 entries and pages of 20
// they hold 20, 17, none and 20.
type Pages struct {
	Entries  int                         // length of the list
	Size     int                         // largest page, whatever limit says
	FailPage int                         // page, from 1, that answers 503 once; 0: none
	Entry    func(i int) json.RawMessage // entry i, from 0; nil: an object with an id alone
}

// walk serves a made-up list. Every walk begins without a cursor; a cursor
// always gives the same page.
type walk struct {
	profile *anton.Profile
	pages   Pages

	mu     sync.Mutex
	issued map[string]page
	failed bool // the 503 was given
}

// page is a part of the list. The pages of one walk know each other by cursor.
type page struct {
	number, of int    // from 1
	from, size int    // entries
	next       string // cursor of the next; "": the last
}

func newWalk(profile *anton.Profile, pages *Pages) *walk {
	w := &walk{profile: profile, issued: map[string]page{}}
	if pages != nil {
		w.pages = *pages
	}
	w.pages.Size = cmp.Or(w.pages.Size, profile.Limit)
	return w
}

// page answers one request for the list.
func (h *hit) page(x *exchange) *http.Response {
	g, refused := h.walk.find(x.record.Request.Query)
	if refused != nil {
		x.record.Fault.Note = "a made-up list: " + refused.Message
		return x.answer(refused.HTTP, asJSON(), problem(refused.Code, refused.Message))
	}
	x.record.Fault.Note = fmt.Sprintf("page %d of %d of a made-up list of %d", g.number, g.of, h.walk.pages.Entries)
	if h.walk.fails(g) {
		x.record.Fault.Note += ": failed once"
		return x.answer(http.StatusServiceUnavailable, asJSON(), problem("service_unavailable", "service unavailable"))
	}
	return x.answer(http.StatusOK, asJSON(), h.walk.body(g))
}

// find is the page that a query asks for, or how Anton refuses it.
func (w *walk) find(query string) (page, *anton.Problem) {
	asked, err := url.ParseQuery(query)
	if err != nil {
		return page{}, w.profile.Validate.Problem("the query cannot be read")
	}
	limit := w.profile.Limit
	if text := asked.Get("limit"); asked.Has("limit") {
		limit, err = strconv.Atoi(text)
		if err != nil || limit < 1 || limit > w.profile.MaxLimit {
			return page{}, w.profile.Validate.Problem(fmt.Sprintf("limit must be 1 to %d", w.profile.MaxLimit))
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	cursor := asked.Get("cursor")
	if cursor == "" {
		return w.begin(min(limit, w.pages.Size)), nil
	}
	g, ok := w.issued[cursor]
	if !ok {
		return page{}, &anton.Problem{HTTP: http.StatusBadRequest, Code: "invalid_cursor", Message: "invalid cursor"}
	}
	return g, nil
}

// begin lays a new walk out and gives its first page.
func (w *walk) begin(size int) page {
	sizes := layout(w.pages.Entries, size)
	all := make([]page, len(sizes))
	from := 0
	for i, n := range sizes {
		all[i] = page{number: i + 1, of: len(sizes), from: from, size: n}
		from += n
	}
	for i := len(all) - 1; i > 0; i-- {
		all[i-1].next = cursor()
		w.issued[all[i-1].next] = all[i]
	}
	return all[0]
}

// layout is the length of every page: full ones, one that is shorter, an empty
// one, and at the end a full one.
func layout(entries, size int) []int {
	if entries <= size {
		return []int{entries / 2, 0, entries - entries/2}
	}
	var all []int
	left := entries - size
	for ; left > size; left -= size {
		all = append(all, size)
	}
	if left == size && size > 1 {
		all = append(all, size-1)
		left = 1
	}
	return append(all, left, 0, size)
}

// cursor is opaque, and holds what must be escaped in a query.
func cursor() string {
	text := rand.Text()
	return text[:6] + "+" + text[6:12] + "/" + text[12:18] + "%2B" + text[18:] + "=="
}

func (w *walk) fails(g page) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if g.number != w.pages.FailPage || w.failed {
		return false
	}
	w.failed = true
	return true
}

func (w *walk) body(g page) []byte {
	list := struct {
		Data []json.RawMessage `json:"data"`
		More bool              `json:"has_more"`
		Next string            `json:"next_cursor,omitempty"`
	}{Data: []json.RawMessage{}, More: g.next != "", Next: g.next}
	for i := g.from; i < g.from+g.size; i++ {
		list.Data = append(list.Data, w.entry(i))
	}
	out, err := json.Marshal(list)
	if err != nil {
		panic("proxy: an entry of the made-up list is no JSON: " + err.Error())
	}
	return out
}

func (w *walk) entry(i int) json.RawMessage {
	if w.pages.Entry != nil {
		return w.pages.Entry(i)
	}
	return json.RawMessage(fmt.Sprintf(`{"id":"%slist%04d"}`, w.profile.Prefix.Payout, i))
}
