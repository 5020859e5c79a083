package checks

import (
	"slices"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// walked57 are the walks through the made-up lists of 57 entries.
func (e *Evidence) walked57() []Walk {
	told := []Walk{}
	for _, x := range []recording.Exercise{recording.Pages, recording.PagesError} {
		for _, w := range e.walks(x) {
			one := Walk{Exercise: x, Complete: w.complete(), Wanted: wholeList}
			if m := e.listAnswer(x); m != nil {
				one.Counted = m.Facts["value"]
			}
			for _, p := range w[:min(mostCalls, len(w))] {
				one.Pages = append(one.Pages, w.tell(p))
			}
			told = append(told, one)
		}
	}
	return told
}

// tell says what a page was, and what is odd about asking for it.
func (w walk) tell(p *page) Page {
	told := Page{Ref: p.ID, Number: w.number(p), Status: p.Status(), Entries: p.entries, More: p.more}
	if p.cursor != "" {
		told.Cursor = brief(p.cursor)
	}
	issued, known, ended := "", map[string]bool{}, false
	for _, q := range w[:slices.Index(w, p)] {
		if q.read {
			issued, known[q.next] = q.next, true
			ended = ended || !q.more
			known["taken "+q.cursor] = true
		}
	}
	switch {
	case ended:
		told.Note = "asked for after has_more was false"
	case known["taken "+p.cursor]:
		told.Note = "asked for again"
	case p.damaged(issued) != "":
		told.Note = "cursor " + p.damaged(issued)
	case p.cursor != "" && p.cursor != issued && !known[p.cursor]:
		told.Note = "cursor never received"
	}
	return told
}

// shownWords are the words of the statuses that payouts were held in, with the
// events about them.
func (e *Evidence) shownWords() []Word {
	told := []Word{}
	words := e.words()
	for _, s := range append(slices.Clone(e.Profile.Checklist), unknownStatus) {
		o := e.walked(s)
		if s == unknownStatus {
			o = last(e.Of(recording.UnknownStatus))
		}
		if o == nil {
			continue
		}
		w := Word{Status: string(s), Kind: [...]string{"pending", "arrived", "undone"}[kindOf(s)], Operation: o.Reference, Events: []Event{}}
		if m := e.told("status", o.Reference, "", ""); m != nil && worked(m) {
			w.Word, w.Ref = m.Facts["value"], m.ID
			words[s] = w.Word
		}
		for _, d := range e.Delivered(o.Exercise, recording.Genuine) {
			if d.Operation == o.Reference && len(w.Events) < mostCalls {
				w.Events = append(w.Events, Event{Ref: d.ID, Type: d.EventType, Status: d.Status()})
			}
		}
		told = append(told, w)
	}
	for i := range told {
		told[i].Clashes = words.clashes(anton.Status(told[i].Status), e.Profile.Checklist)
	}
	return told
}

func last(list []*recording.Operation) *recording.Operation {
	if len(list) == 0 {
		return nil
	}
	return list[len(list)-1]
}

// clashes are the statuses that s is shown like to its own blame.
func (w words) clashes(s anton.Status, list []anton.Status) []string {
	var found []string
	for _, other := range list {
		if other != s && apart(s, other) && w[s] != "" && w[other] != "" && w.clash(s, other) && w.blames(s, other) {
			found = append(found, string(other))
		}
	}
	return found
}

// acceptable are the variants that an app should accept.
var acceptable = []recording.Variant{
	recording.Genuine, recording.RawBody, recording.HeaderCase, recording.Window, recording.Several, recording.UnknownEvent,
}

// volleys are the deliveries of the exercises that send them on purpose. Of the
// forged ones the genuine deliveries around them show as their controls.
func (e *Evidence) volleys() []Volley {
	told := []Volley{}
	for _, x := range []recording.Exercise{recording.Duplicate, recording.OutOfOrder, recording.UnknownEventType, recording.Forged} {
		v := Volley{Exercise: x}
		all := e.Delivered(x, "")
		for _, d := range all {
			if x == recording.Forged && d.Variant == recording.Genuine || len(v.Shots) == mostCalls {
				continue
			}
			v.Shots = append(v.Shots, e.shot(d, all[0]))
		}
		if len(v.Shots) > 0 {
			told = append(told, v)
		}
	}
	return told
}

func (e *Evidence) shot(d, first *recording.Delivery) Shot {
	s := Shot{
		Ref: d.ID, Operation: d.Operation, Variant: d.Variant, Type: d.EventType, What: d.EventType, At: milliseconds(first.Start, d.Start),
		Took: milliseconds(d.Start, d.End), Status: d.Status(), Accept: slices.Contains(acceptable, d.Variant),
	}
	switch d.Variant {
	case recording.RawBody:
		s.What = "event with odd white space, escapes and order"
	case recording.HeaderCase:
		s.What = "event with its signature header in lower case"
	case recording.Several:
		s.What = "event with a foreign signature first"
	case recording.Genuine, recording.UnknownEvent:
		e.repeated(d, &s)
		return s
	default:
		s.What = e.forgery(d)
	}
	for _, g := range e.Delivered(d.Exercise, recording.Genuine) {
		if g.Operation == d.Operation {
			s.Controls = append(s.Controls, g.Status())
		}
	}
	s.Controls = s.Controls[:min(2, len(s.Controls))]
	if f := e.effect(d.Operation, d.ID); f.after != nil {
		s.Effect = f.String()
	}
	return s
}

// repeated tells of a genuine delivery that came again or too late, and what it
// changed. An event of an unknown type must change nothing either.
func (e *Evidence) repeated(d *recording.Delivery, s *Shot) {
	switch {
	case slices.Contains(e.duplicates(), d):
		s.What += ", again"
	case slices.Contains(e.overtaken(), d):
		s.What += ", older than the one before"
	case d.Variant == recording.UnknownEvent:
		s.What += ", a type that no document has"
	default:
		return
	}
	if f := e.effect(d.Operation, ""); f.after != nil {
		s.Effect = f.String()
	}
}
