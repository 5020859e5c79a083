package reports

import (
	"strings"

	"github.com/anton-payments/golive/checks"
)

// parts takes a check's documentation apart: why a departure costs money, what
// is looked at, how to mend it. A part that is not there is empty.
func parts(doc string) (why, looked, mend string) {
	flat := strings.Join(strings.Fields(doc), " ")
	flat, mend, _ = strings.Cut(flat, "Mend: ")
	why, looked, _ = strings.Cut(flat, "Looked at: ")
	return strings.TrimSpace(why), strings.TrimSpace(looked), strings.TrimSpace(mend)
}

// command begins every command that repeats a part of this run. The bundled
// merchant has no golive.yaml; its version is the command that made the run.
func (r *Report) command() string {
	if strings.HasPrefix(r.Subject.App, "golive demo") {
		return r.Subject.App
	}
	return "golive certify"
}

// repeat is the command that shows just this check again.
func (r *Report) repeat(c *checks.Check) string {
	if c.Live {
		return "golive cutover"
	}
	if len(c.Needs) == 0 {
		return r.command() + " --check " + c.ID
	}
	return r.command() + " --only " + join(c.Needs)
}

func join[T ~string](list []T) string { return strings.Join(names(list), ",") }

// inScope: the verdict is shown. In a run narrowed to exercises those are the
// checks that need one of them, and whatever else was found.
func (r *Report) inScope(v *Verdict) bool {
	if r.Narrowed == nil || len(r.Narrowed.Checks) > 0 || v.Outcome == checks.Fail || len(v.Findings) > 0 {
		return true
	}
	for _, x := range v.Needs {
		for _, ran := range r.Narrowed.Exercises {
			if x == ran {
				return true
			}
		}
	}
	return false
}
