package reports

import "strings"

// stretch is a crossing that is kept whole or linked to, or some in a row that
// are not: text alone, of which the page makes lines when somebody wants to see
// them.
type stretch struct {
	Whole *Crossing
	Lean  []Crossing
}

func stretches(traffic []Crossing, linked map[string]bool) (all []stretch) {
	for i := range traffic {
		last := len(all) - 1
		switch {
		case traffic[i].Kept != nil || linked[traffic[i].Ref]:
			all = append(all, stretch{Whole: &traffic[i]})
		case last >= 0 && all[last].Whole == nil:
			all[last].Lean = append(all[last].Lean, traffic[i])
		default:
			all = append(all, stretch{Lean: traffic[i : i+1 : i+1]})
		}
	}
	return all
}

// Line is a crossing in one line, its parts set apart by tabs.
func (c Crossing) Line() string {
	parts := []string{c.Ref, moment(c.At), c.Call, c.Answer, c.Operation}
	for i := range parts {
		parts[i] = strings.Join(strings.Fields(parts[i]), " ")
	}
	return strings.Join(parts, "\t")
}
