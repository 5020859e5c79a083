package reports

import (
	"slices"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

// Narrow gives the exercises that a run is narrowed to: those named, and those
// that the named checks need; plain payments for a check that needs no exercise
// of its own. None named: nil, the whole plan. An unknown exercise, check or
// section is refused.
func Narrow(exercises, ids, sections []string) ([]recording.Exercise, error) {
	var wanted []recording.Exercise
	for _, name := range exercises {
		if err := Known("exercise", name, names(recording.Exercises)); err != nil {
			return nil, err
		}
		wanted = append(wanted, recording.Exercise(name))
	}
	if err := CheckIDs(ids); err != nil {
		return nil, err
	}
	for _, id := range ids {
		needs := checks.ByID(id).Needs
		if len(needs) == 0 {
			needs = []recording.Exercise{recording.Pay}
		}
		wanted = append(wanted, needs...)
	}
	for _, s := range sections {
		if err := Known("section", s, names(checks.Sections)); err != nil {
			return nil, err
		}
	}
	slices.Sort(wanted)
	return slices.Compact(wanted), nil
}

// CheckIDs refuses an id that is no check's.
func CheckIDs(ids []string) error {
	var known []string
	for _, c := range checks.All() {
		known = append(known, c.ID)
	}
	for _, id := range ids {
		if err := Known("check", id, known); err != nil {
			return err
		}
	}
	return nil
}

func names[T ~string](list []T) []string {
	var all []string
	for _, name := range list {
		all = append(all, string(name))
	}
	return all
}
