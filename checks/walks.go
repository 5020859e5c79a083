package checks

import (
	"net/url"
	"slices"
	"strings"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// page is one request of a walk through the made-up list, and its answer.
type page struct {
	*recording.Exchange
	asked   url.Values // the parameters, without the cursor
	cursor  string     // as decoded; "" when none was sent
	raw     string     // the cursor as it stands in the query
	empty   bool       // a cursor parameter without a value was sent
	read    bool       // a whole 2xx answer came
	entries int
	more    bool   // has_more
	next    string // next_cursor
}

// walk is a chain of pages: it begins without a cursor, and each cursor of it
// came in an answer of it.
type walk []*page

// walks are the walks of an exercise, in order of their beginning. A cursor that
// nobody issued belongs to the walk that moved last.
func (e *Evidence) walks(during recording.Exercise) []walk {
	var found []walk
	last := -1
	for _, x := range e.Calls(anton.PayoutList) {
		if x.Exercise != during || x.Fault == nil || own(x) {
			continue
		}
		p := e.page(x)
		of := issuer(found, p, last)
		if of < 0 {
			found = append(found, nil)
			of = len(found) - 1
		}
		found[of] = append(found[of], p)
		last = of
	}
	return found
}

// issuer is the place of the walk that gave out a page's cursor, the last that
// did; otherwise where nobody did. -1: the page begins a walk.
func issuer(walks []walk, p *page, otherwise int) int {
	if p.cursor == "" {
		return -1
	}
	for i := len(walks) - 1; i >= 0; i-- {
		if walks[i].issued(p) {
			return i
		}
	}
	return otherwise
}

func (e *Evidence) page(x *recording.Exchange) *page {
	p := &page{Exchange: x, asked: url.Values{}}
	for name, values := range parameters(x.Request.Query) {
		if name != "cursor" {
			p.asked[name] = values
		}
	}
	p.raw, p.empty = rawCursor(x.Request.Query)
	p.cursor = unescapedValue(p.raw)
	if !success(x.Status()) || x.Error != "" {
		return p
	}
	m := e.object(x.Response)
	p.read, p.entries = true, len(listed(x.Response))
	p.more, p.next = string(m["has_more"]) == "true", text(m, "next_cursor")
	return p
}

// parameters reads a query leniently: what cannot be decoded stands as it is.
func parameters(query string) url.Values {
	v := url.Values{}
	for pair := range strings.SplitSeq(query, "&") {
		if name, value, _ := strings.Cut(pair, "="); name != "" {
			v.Add(unescapedValue(name), unescapedValue(value))
		}
	}
	return v
}

func rawCursor(query string) (raw string, empty bool) {
	for pair := range strings.SplitSeq(query, "&") {
		if name, value, _ := strings.Cut(pair, "="); name == "cursor" {
			return value, value == ""
		}
	}
	return "", false
}

func unescapedValue(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// issued reports whether a page of the walk gave out this cursor, whole or
// damaged on its way.
func (w walk) issued(p *page) bool {
	return slices.ContainsFunc(w, func(q *page) bool { return q.next != "" && (p.cursor == q.next || p.damaged(q.next) != "") })
}

// damaged tells how an issued cursor was spoilt on its way, "" when this is
// another one.
func (p *page) damaged(issued string) string {
	switch {
	case p.cursor == issued:
		return ""
	case issued == "":
		return ""
	case p.raw == issued, p.cursor == unescapedValue(issued), p.cursor == strings.ReplaceAll(issued, "+", " "):
		return "sent without URL encoding"
	case unescapedValue(p.cursor) == issued:
		return "URL-encoded twice"
	}
	return ""
}

// end is the last page that was read; nil when none was.
func (w walk) end() *page {
	for i := len(w) - 1; i >= 0; i-- {
		if w[i].read {
			return w[i]
		}
	}
	return nil
}

// complete reports whether the walk came to a page that says there is no more.
func (w walk) complete() bool {
	return slices.ContainsFunc(w, func(p *page) bool { return p.read && !p.more })
}

// number is a page's place in the walk, from 1; a page asked for again keeps its
// number.
func (w walk) number(of *page) int {
	n := 0
	for i, p := range w {
		if i == 0 || p.cursor != w[i-1].cursor {
			n++
		}
		if p == of {
			return n
		}
	}
	return n
}

// listWalks are the walks of the exercise pages; without any that is missing.
func (t *Trial) listWalks() []walk {
	found := t.walks(recording.Pages)
	if len(found) == 0 && t.Ran(recording.Pages) {
		t.Missingf("the list action asked Anton for no list of payouts; see that it walks through GET /v1/payouts")
	}
	return found
}

// listAnswer is the list action's answer in an exercise, the last; nil when it
// gave none.
func (e *Evidence) listAnswer(during recording.Exercise) *recording.Mark {
	var last *recording.Mark
	for _, m := range e.Actions("list", "") {
		if m.Exercise == during {
			last = m
		}
	}
	return last
}
