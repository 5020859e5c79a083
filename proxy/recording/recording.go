package recording

import "slices"

// Recording is a run, read back. Every slice is in order of arrival.
type Recording struct {
	Open         Open
	Exchanges    []*Exchange
	Deliveries   []*Delivery
	Handshakes   []*Handshake
	Marks        []*Mark
	Findings     []*Finding
	Attestations []*Attestation
	Certificate  *Certificate // of the sandbox run that a cutover rests on; nil: none
	Waivers      []*Waiver
	Close        *Close // nil: cut before its closing line
}

// Add takes one event in. Open and Close overwrite what was there.
func (r *Recording) Add(e Event) {
	switch {
	case e.Open != nil:
		r.Open = *e.Open
	case e.Exchange != nil:
		r.Exchanges = append(r.Exchanges, e.Exchange)
	case e.Delivery != nil:
		r.Deliveries = append(r.Deliveries, e.Delivery)
	case e.Handshake != nil:
		r.Handshakes = append(r.Handshakes, e.Handshake)
	case e.Mark != nil:
		r.Marks = append(r.Marks, e.Mark)
	case e.Finding != nil:
		r.Findings = append(r.Findings, e.Finding)
	case e.Attestation != nil:
		r.Attestations = append(r.Attestations, e.Attestation)
	case e.Certificate != nil:
		r.Certificate = e.Certificate
	case e.Waiver != nil:
		r.Waivers = append(r.Waivers, e.Waiver)
	case e.Close != nil:
		r.Close = e.Close
	}
}

// Sort brings exchanges and deliveries, which are appended when they end, into
// the order in which they began.
func (r *Recording) Sort() {
	slices.SortStableFunc(r.Exchanges, func(a, b *Exchange) int { return a.Start.Compare(b.Start) })
	slices.SortStableFunc(r.Deliveries, func(a, b *Delivery) int { return a.Start.Compare(b.Start) })
}

// Operations puts the operations together from their marks, in order of their
// beginning.
func (r *Recording) Operations() []*Operation {
	var all []*Operation
	known := map[string]*Operation{}
	for _, m := range r.Marks {
		o := known[m.Operation]
		if m.Kind == MarkOperation && o == nil {
			o = &Operation{Reference: m.Operation, Exercise: m.Exercise, Facts: m.Facts, Begin: m}
			known[m.Operation], all = o, append(all, o)
		}
		if o == nil {
			continue
		}
		switch m.Kind {
		case MarkAnswered:
			o.Answered = m
		case MarkAgain:
			o.Again = m
		case MarkSettled:
			o.Settled = m
		}
	}
	return all
}
