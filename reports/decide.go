package reports

import (
	"fmt"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

// Certificates.
const (
	Certified    = "certified"
	NotCertified = "not certified"
	Incomplete   = "incomplete"
)

// Exit codes: the report's own, and those of a command that came to no report.
const (
	ExitCertified    = 0
	ExitNotCertified = 1
	ExitUsage        = 2 // usage or configuration
	ExitIncomplete   = 3
	ExitTrouble      = 4 // golive itself broke
	ExitInterrupted  = 130
)

// Decide is the one place where outcomes become a certificate. It looks at the
// items asked for; in a narrowed report at the verdicts, and it certifies nothing.
func Decide(r *Report) Decision {
	t := tallyOf(r)
	d := Decision{Certificate: Incomplete, Sections: asked(r), Exit: ExitIncomplete, Waived: relied(r)}
	switch {
	case t.fail > 0:
		d.Certificate, d.Exit = NotCertified, ExitNotCertified
		d.Because = t.words()
	case r.Narrowed != nil:
		d.Because = t.words() + "; a narrowed run certifies nothing"
	case r.Recording.Ended == recording.Imported:
		d.Because = t.words() + "; a HAR file certifies nothing"
	case r.Recording.Ended != "finished":
		d.Because = "the run was " + r.Recording.Ended + " before its end"
	case t.total == 0:
		d.Because = "no item was asked for"
	case t.pass+t.waived < t.total:
		d.Because = t.words()
	default:
		d.Certificate, d.Exit = Certified, ExitCertified
		d.Because = t.words()
	}
	return d
}

// tally counts outcomes of one kind of thing.
type tally struct {
	noun                                 string
	total, pass, fail, undecided, waived int
}

func tallyOf(r *Report) tally {
	if r.Narrowed != nil {
		t := tally{noun: "check"}
		for i := range r.Verdicts {
			if r.inScope(&r.Verdicts[i]) {
				t.count(r.Verdicts[i].Outcome)
			}
		}
		return t
	}
	t := tally{noun: "item"}
	for _, i := range r.Items {
		switch {
		case !i.Asked:
		case r.waived(i) != nil:
			t.waived++
			t.total++
		default:
			t.count(i.Outcome)
		}
	}
	return t
}

// count takes one outcome in; what does not apply is not counted.
func (t *tally) count(o checks.Outcome) {
	switch o {
	case checks.NotApplicable:
		return
	case checks.Pass:
		t.pass++
	case checks.Fail:
		t.fail++
	default:
		t.undecided++
	}
	t.total++
}

// words tell the counts: "2 of 13 items fail, 1 is inconclusive, 1 is waived".
func (t tally) words() string {
	waived := verb(t.waived, "is waived", "are waived")
	switch {
	case t.total == 0:
		return "nothing was judged"
	case t.pass == t.total:
		return all(t) + verb(t.total, " passes", " pass")
	case t.waived == t.total:
		return all(t) + " " + waived
	case t.waived == 0:
		return t.open()
	case t.pass+t.waived == t.total:
		return fmt.Sprintf("%d of %s %s, %d %s", t.pass, plural(t.total, t.noun), verb(t.pass, "passes", "pass"), t.waived, waived)
	}
	return fmt.Sprintf("%s, %d %s", t.open(), t.waived, waived)
}

// open tells what fails and what is inconclusive; at least one is.
func (t tally) open() string {
	whole := plural(t.total, t.noun)
	fails := verb(t.fail, "fails", "fail")
	open := verb(t.undecided, "is inconclusive", "are inconclusive")
	switch {
	case t.fail == t.total:
		return all(t) + " " + fails
	case t.undecided == t.total:
		return all(t) + " " + open
	case t.fail == 0:
		return fmt.Sprintf("%d of %s %s", t.undecided, whole, open)
	case t.undecided == 0:
		return fmt.Sprintf("%d of %s %s", t.fail, whole, fails)
	default:
		return fmt.Sprintf("%d of %s %s, %d %s", t.fail, whole, fails, t.undecided, open)
	}
}

// all names the whole: "all 13 items", "the check".
func all(t tally) string {
	if t.total == 1 {
		return "the " + t.noun
	}
	return "all " + plural(t.total, t.noun)
}

// plural writes a count with its noun: "1 item", "3 items".
func plural(n int, noun string) string { return fmt.Sprintf("%d %s", n, verb(n, noun, noun+"s")) }

// verb picks the form that goes with a count.
func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// asked are the sections asked for, in the checklist's order.
func asked(r *Report) []checks.Section {
	var found []checks.Section
	for _, s := range checks.Sections {
		for _, i := range r.Items {
			if i.Asked && i.Section == s {
				found = append(found, s)
				break
			}
		}
	}
	return found
}
