package reports

import (
	"slices"
	"strings"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

// page of HTML, made ready for its template, which walks it and nothing else.
type sheet struct {
	*Report
	Outcome  checks.Outcome // the decision's
	Scope    string
	Upstream string
	Route    string
	Blocks   []block // the items at a glance
	Details  []chapter
	Signers  []signer
	Relied   []*Waiver // those that the decision rests on
	Holding  []Waiver
	Refused  []Waiver
	// Stretches are the traffic: what is kept whole, and between that what is not.
	Stretches []stretch
}

// block is a part of the checklist at a glance.
type block struct {
	Title string
	Asked bool
	Tiles []tile
}

type tile struct {
	Href, ID, Text, Note string
	Signed               string // by whom; "": nobody
	Waived               string // until when; "": it is not waived
	Outcome              checks.Outcome
	Basis                []Basis
}

// chapter is an item with the checks that are told under it.
type chapter struct {
	Item
	Share     string
	Signed    *SignOff
	Waived    *Waiver  // it need not pass; nil: it is not waived
	Then      string   // the outcome at the sign-off, where it is another now
	Open      bool     // it does not pass: unfolded
	Verdicts  []entry  // told here
	Elsewhere []tile   // told under an earlier item
	Folded    []string // checks under a cause, told at the top
}

// entry is a check with what shows its outcome.
type entry struct {
	*Verdict
	Groups   []shownGroup // departures, the first of them
	Rest     []shownGroup // folded
	Advice   []shownGroup
	Pictures []drawing
	SeenTop  []string // the first refs of what it saw
	SeenMore int
	Stated   []Attestation // what it takes a person's word for
}

// shownGroup is one departure, taken apart for the eye.
type shownGroup struct {
	Seen, Want []piece
	Pair       []Crossing // what it speaks of, side by side; at most two
	Refs       []mention  // the rest
	More       int
}

// mention is evidence in a line; Href is its crossing, or empty.
type mention struct{ Ref, Text, Href string }

// piece is a part of a text; Href is the ref that it names, or empty.
type piece struct{ Text, Href string }

func view(r *Report) sheet {
	s := sheet{Report: r, Outcome: r.Decision.outcome(), Scope: r.scope(), Upstream: r.Upstream, Route: r.Route}
	if s.Upstream == "embedded" {
		s.Upstream = "embedded sandbox"
	}
	if s.Route == "base_url" {
		s.Route = "base URL"
	}
	s.Blocks, s.Signers, s.Holding, s.Refused = glance(r), r.signers(), r.holding(), r.refused()
	for _, item := range r.Decision.Waived {
		s.Relied = append(s.Relied, r.WaiverOf(item))
	}
	c := composer{r: r, at: map[string]int{}, told: map[string]checks.Item{}, linked: map[string]bool{}}
	for i, t := range r.Traffic {
		c.at[t.Ref] = i
	}
	for _, i := range r.Items {
		if ch := c.chapter(i); len(ch.Verdicts)+len(ch.Elsewhere)+len(ch.Folded) > 0 || r.Narrowed == nil {
			s.Details = append(s.Details, ch)
		}
	}
	s.Stretches = stretches(r.Traffic, c.linked)
	return s
}

// composer puts the details together. A check is told once; an exercise is drawn,
// and a crossing shown whole, once in an item.
type composer struct {
	r     *Report
	at    map[string]int         // place of a crossing in the traffic
	told  map[string]checks.Item // where a check is told
	drawn map[recording.Exercise]bool
	whole map[string]bool
	// linked are the crossings that something on the page leads to.
	linked map[string]bool
}

func (c *composer) chapter(i Item) chapter {
	c.drawn, c.whole = map[recording.Exercise]bool{}, map[string]bool{}
	ch := chapter{Item: i, Share: share(c.r, i), Open: i.Outcome == checks.Fail, Signed: c.r.signedOff(i.ID), Waived: c.r.waived(i)}
	if ch.Signed != nil {
		ch.Then = c.r.then(*ch.Signed)
	}
	var list []*Verdict
	for _, id := range i.Checks {
		v := c.r.verdict(id)
		if v == nil || c.r.Narrowed != nil && !c.r.inScope(v) {
			continue
		}
		if at, ok := c.told[id]; ok {
			ch.Elsewhere = append(ch.Elsewhere, tile{Href: id, ID: id, Text: v.Title, Note: string(at), Outcome: v.Outcome})
			continue
		}
		c.told[id] = i.ID
		if c.r.caused(id) {
			ch.Folded = append(ch.Folded, id)
			continue
		}
		list = append(list, v)
	}
	slices.SortStableFunc(list, func(a, b *Verdict) int { return int(b.Outcome - a.Outcome) })
	for _, v := range list {
		ch.Verdicts = append(ch.Verdicts, c.entry(v))
	}
	return ch
}

func (c *composer) entry(v *Verdict) entry {
	e := entry{Verdict: v, Groups: c.groups(v, false), Advice: c.groups(v, true)}
	e.Pictures = c.pictures(v)
	if len(e.Groups) > shown {
		e.Groups, e.Rest = e.Groups[:shown], e.Groups[shown:]
	}
	for _, a := range c.r.Stated {
		if a.Refused == "" && slices.Contains(v.Seen, a.Ref) {
			e.Stated = append(e.Stated, a)
		}
	}
	for _, ref := range v.Seen {
		if _, ok := c.at[ref]; !ok {
			continue
		}
		if len(e.SeenTop) == mostSeen {
			e.SeenMore++
			continue
		}
		e.SeenTop = append(e.SeenTop, ref)
		c.linked[ref] = true
	}
	return e
}

// mostWhole is how many departures of a check show their crossings whole.
const mostWhole = 2

func (c *composer) groups(v *Verdict, advice bool) []shownGroup {
	var all []shownGroup
	for nth, g := range v.grouped(advice) {
		seen, want, _ := strings.Cut(g.Text, ", want ")
		s := shownGroup{Seen: c.pieces(seen), Want: c.pieces(want)}
		refs := slices.Concat(mentioned.FindAllString(g.Text, shown), c.origin(v, g), g.Refs)
		for n, ref := range slices.Compact(refs) {
			at, ok := c.at[ref]
			link := ""
			if ok {
				link, c.linked[ref] = ref, true
			}
			switch {
			case ok && nth < mostWhole && len(s.Pair) < 2 && c.r.Traffic[at].Kept != nil && !c.whole[ref]:
				c.whole[ref] = true
				s.Pair = append(s.Pair, c.r.Traffic[at])
			case n < 2*shown:
				s.Refs = append(s.Refs, mention{Ref: ref, Text: c.r.description(ref), Href: link})
			default:
				s.More++
			}
		}
		all = append(all, s)
	}
	return all
}

// origin is the first attempt of the operation whose key a departure is about:
// the two stand side by side.
func (c *composer) origin(v *Verdict, g group) []string {
	if !strings.HasPrefix(v.Check, "idempotency-") {
		return nil
	}
	for _, t := range c.r.Facts.Timelines {
		for _, l := range t.Lanes {
			if slices.ContainsFunc(l.Attempts, func(a checks.Attempt) bool { return a.Ref == g.Refs[0] }) {
				return []string{l.Attempts[0].Ref}
			}
		}
	}
	return nil
}

// pieces takes a text apart at the crossings that it names.
func (c *composer) pieces(text string) []piece {
	var all []piece
	from := 0
	for _, at := range mentioned.FindAllStringIndex(text, -1) {
		ref := text[at[0]:at[1]]
		if _, ok := c.at[ref]; ok {
			all = append(all, piece{Text: text[from:at[0]]}, piece{Text: ref, Href: ref})
			from, c.linked[ref] = at[1], true
		}
	}
	return append(all, piece{Text: text[from:]})
}

// pictures draw the exercises that a check needs, as far as its item has not.
func (c *composer) pictures(v *Verdict) []drawing {
	var all []drawing
	for _, x := range v.Needs {
		if c.drawn[x] {
			continue
		}
		found := draw(c.r.Facts, x, v)
		c.drawn[x] = len(found) > 0
		all = append(all, found...)
	}
	for i := range all {
		all[i].ID = v.Check + "-" + all[i].ID
	}
	return all
}
