package checks

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/anton-payments/golive/proxy/recording"
)

var paginationLimit = add(&Check{
	ID:    "pagination-limit",
	Title: "limit is absent or from 1 to 100",
	Doc: `Anton caps a larger limit without a word on some lists and refuses it on others; an app
that counts on it misses entries.

Looked at: limit in every request for a list. Mend: ask for 100 on full walks, which needs
the fewest calls.`,
	Items: paginationItems,
	Needs: pagesNeeded,
	Run: func(t *Trial) {
		var odd, small tally
		walks := t.listWalks()
		for _, x := range t.lists() {
			t.Saw(x)
			for _, limit := range parameters(x.Request.Query)["limit"] {
				if n, err := strconv.Atoi(limit); limit != "" && (err != nil || n < 1 || n > t.Profile.MaxLimit) {
					odd.add(x, "limit="+brief(limit))
				}
			}
		}
		for _, w := range walks {
			limit := w[0].asked.Get("limit")
			if n, err := strconv.Atoi(limit); w.complete() && w.number(w.end()) > 1 && (limit == "" || err == nil && n < t.Profile.MaxLimit) {
				small.add(w[0], limitAsked(limit)+" for a full walk")
			}
		}
		odd.fail(t, fmt.Sprintf("1 to %d, or none", t.Profile.MaxLimit))
		small.advise(t, fmt.Sprintf("limit=%d for the fewest calls", t.Profile.MaxLimit))
	},
})

func limitAsked(limit string) string {
	if limit == "" {
		return "no limit"
	}
	return "limit=" + limit
}

// lists are the requests for any list that has pages.
func (e *Evidence) lists() []*recording.Exchange {
	var found []*recording.Exchange
	for _, r := range e.Profile.Routes {
		if r.List {
			found = append(found, e.Calls(r.Name)...)
		}
	}
	return found
}

var offsets = []string{"offset", "page", "skip", "starting_after"}

var paginationNoOffset = add(&Check{
	ID:    "pagination-no-offset",
	Title: "lists are not read by offset or page number",
	Doc: `Anton ignores offsets: each request answers the first page again, and the app never gets
any further.

Looked at: offset, page, skip and starting_after in every request for a list. Mend: follow
next_cursor.`,
	Items: paginationItems,
	Needs: pagesNeeded,
	Run: func(t *Trial) {
		var odd tally
		t.listWalks()
		for _, x := range t.lists() {
			t.Saw(x)
			asked := parameters(x.Request.Query)
			for _, name := range offsets {
				if asked.Has(name) {
					odd.add(x, "list asked for by "+name)
				}
			}
		}
		odd.fail(t, "cursor and limit only")
	},
})

var paginationFilters = add(&Check{
	ID:    "pagination-filters",
	Title: "filters stay the same along a walk",
	Doc: `A cursor belongs to its filters. Without them the later pages hold other payouts than the
first.

Looked at: the parameters beside cursor of each page of a walk, against its first page's.
Mend: send all parameters with every page.`,
	Items: paginationItems,
	Needs: pagesNeeded,
	Run: func(t *Trial) {
		followed := false
		for _, w := range append(t.listWalks(), t.walks(recording.PagesError)...) {
			for _, p := range w[1:] {
				followed = true
				t.Saw(p)
				if differ := w[0].differing(p); len(differ) > 0 {
					t.Failf(p, "%s of page 1 not the same on page %d, want all parameters but cursor the same on every page",
						strings.Join(differ, ", "), w.number(p))
					break
				}
			}
		}
		if !followed && t.Ran(recording.Pages) {
			t.Missingf("no page but the first was asked for; mend pagination-to-the-end first")
		}
	},
})

// differing are the parameters in which two pages differ; how far a walk by
// offset has come is pagination-no-offset's.
func (p *page) differing(q *page) []string {
	names := map[string]bool{}
	for name := range p.asked {
		names[name] = true
	}
	for name := range q.asked {
		names[name] = true
	}
	var differ []string
	for name := range names {
		if !slices.Contains(offsets, name) && !slices.Equal(p.asked[name], q.asked[name]) {
			differ = append(differ, name)
		}
	}
	slices.Sort(differ)
	return differ
}
