package checks

import (
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// Facts are what a report's pictures show: the evidence as the checks read it,
// put in order for the eye. They decide nothing. Every slice may be empty; times
// are in milliseconds from the beginning of their timeline, lane or volley.
type Facts struct {
	Timelines []Timeline `json:"timelines"` // attempts after trouble, an exercise each
	Walks     []Walk     `json:"walks"`     // through the made-up lists
	Words     []Word     `json:"words"`     // what the app shows for each payout status
	Volleys   []Volley   `json:"volleys"`   // deliveries that belong together, an exercise each
}

// Timeline is what the operations of an exercise did after trouble.
type Timeline struct {
	Exercise recording.Exercise `json:"exercise"`
	Lanes    []Lane             `json:"lanes"`
	Left     int                `json:"left,omitempty"`  // operations beyond the first mostLanes
	Curve    *Curve             `json:"curve,omitempty"` // nil: the delays do not form one
}

// Lane is one operation, from its first payout request on.
type Lane struct {
	Operation string    `json:"operation"`
	Case      string    `json:"case,omitempty"`    // the exercise's case: "429", "twice"
	Payouts   string    `json:"payouts,omitempty"` // how many Anton holds for it in the end; empty: not asked
	Attempts  []Attempt `json:"attempts"`
	Left      int       `json:"left,omitempty"` // attempts beyond the first mostTries
}

// Attempt is one call of a lane.
type Attempt struct {
	Ref    string              `json:"ref"`
	Call   string              `json:"call"` // "POST /v1/payouts"
	At     int64               `json:"at"`
	Took   int64               `json:"took"`
	Status int                 `json:"status"`          // what the app saw; 0: no answer
	Anton  int                 `json:"anton,omitempty"` // what Anton answered where the app saw something else
	Fault  recording.FaultKind `json:"fault,omitempty"`
	Key    string              `json:"key,omitempty"`    // Idempotency-Key
	Wait   int64               `json:"wait,omitempty"`   // Retry-After
	Beside bool                `json:"beside,omitempty"` // no attempt: another call while the app was asked to wait
}

// Curve is how the delay before each retry lies over all operations.
type Curve struct {
	Model  string  `json:"model"`
	Factor float64 `json:"factor"` // growth from one delay to the next, to the hundredth; 0: not of that kind
	Points []Point `json:"points"`
}

// Point is the delay before the nth retry: lowest, middle and highest seen, and
// the one that the model fits.
type Point struct {
	Retry  int     `json:"retry"` // from 1
	Low    int64   `json:"low"`
	Middle int64   `json:"middle"`
	High   int64   `json:"high"`
	Fitted int64   `json:"fitted"`
	Seen   []int64 `json:"seen"` // all of them, from the lowest
}

// Walk is a chain of pages through a made-up list.
type Walk struct {
	Exercise recording.Exercise `json:"exercise"`
	Pages    []Page             `json:"pages"`
	Complete bool               `json:"complete"`          // it came to has_more false
	Counted  string             `json:"counted,omitempty"` // what the list action answered
	Wanted   string             `json:"wanted"`            // how many entries there are
}

// Page is one request of a walk.
type Page struct {
	Ref     string `json:"ref"`
	Number  int    `json:"number"` // from 1; a page asked for again keeps its number
	Cursor  string `json:"cursor,omitempty"`
	Status  int    `json:"status"`
	Entries int    `json:"entries"`
	More    bool   `json:"more"`           // has_more
	Note    string `json:"note,omitempty"` // what is odd about the request
}

// Word is what the app shows for a payout that Anton holds in a status.
type Word struct {
	Status    string   `json:"status"`
	Kind      string   `json:"kind"` // what the status means for the money: "pending", "arrived", "undone"
	Operation string   `json:"operation"`
	Events    []Event  `json:"events"`
	Word      string   `json:"word"` // empty: none is known
	Ref       string   `json:"ref,omitempty"`
	Clashes   []string `json:"clashes,omitempty"` // statuses that are shown alike and must not be
}

// Event is a delivery about one payout.
type Event struct {
	Ref    string `json:"ref"`
	Type   string `json:"type"`
	Status int    `json:"status"` // the app's answer; 0: none
}

// Volley are the deliveries of an exercise.
type Volley struct {
	Exercise recording.Exercise `json:"exercise"`
	Shots    []Shot             `json:"shots"`
}

// Shot is one delivery of a volley.
type Shot struct {
	Ref       string            `json:"ref"`
	Operation string            `json:"operation"`
	Variant   recording.Variant `json:"variant"`
	Type      string            `json:"type"`
	What      string            `json:"what"` // in words: "event signed 310 s ago"
	At        int64             `json:"at"`
	Took      int64             `json:"took"`
	Status    int               `json:"status"`             // 0: no answer
	Accept    bool              `json:"accept"`             // whether the app should accept it
	Controls  []int             `json:"controls,omitempty"` // answers to the genuine deliveries around it
	Effect    string            `json:"effect,omitempty"`   // what status and effects said it changed
}

// Most of each that a picture has room for.
const (
	mostTries = 40
	mostLanes = 16
	mostCalls = 24
)

// FactsOf takes the facts out of the evidence.
func FactsOf(e *Evidence) Facts {
	return Facts{Timelines: e.timelines(), Walks: e.walked57(), Words: e.shownWords(), Volleys: e.volleys()}
}

func milliseconds(from, to time.Time) int64 { return to.Sub(from).Milliseconds() }
