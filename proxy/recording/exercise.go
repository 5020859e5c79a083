package recording

// Exercise names a situation that the harness puts the app into. A check names
// the exercises it needs; the plan says how each is done. Every exercise leaves
// a MarkBegin and a MarkEnd; one that could not be done leaves a MarkSkipped.
//
// Facts each leaves on its MarkOperation, beside reference, amount and currency:
type Exercise string

const (
	// Pay: plain operations without interference; the control of many checks.
	Pay Exercise = "pay"
	// LostResponse: the first payout request of the operation is accepted
	// upstream, its answer lost (FaultLostAnswer). MarkUpstream after settling.
	LostResponse Exercise = "lost-response"
	// ResetBeforeSend: the first payout request is reset before the upstream saw it.
	ResetBeforeSend Exercise = "reset-before-send"
	// Resubmit: after settling, the same pay again: MarkAgain between the two.
	Resubmit Exercise = "resubmit"
	// CrashRestart: SIGKILL while the payout request is in flight (FaultHang),
	// started again, the same pay: MarkAgain between the two.
	CrashRestart Exercise = "crash-restart"
	// ServerError: each operation's payout request gets 500, 502 and 503, then passes.
	ServerError Exercise = "server-error"
	// ServerErrorGentle: the same, one operation at a time, never five failures in a row.
	ServerErrorGentle Exercise = "server-error-gentle"
	// EndlessError: one operation that always gets 503.
	EndlessError Exercise = "endless-error"
	// NonJSON: fact "case" "502-html" or "503-empty": once, then passes. The
	// later plain operation has "case" "after".
	NonJSON Exercise = "non-json"
	// RateLimited: fact "case" "once" (429, Retry-After 2) or "twice" (1, then 3).
	RateLimited Exercise = "rate-limited"
	// ClientError: fact "case" "400", "401", "403", "404", "409", "422": the
	// payout request always gets that.
	ClientError Exercise = "client-error"
	// TrapAmounts: one operation for each amount of the checklist.
	TrapAmounts Exercise = "trap-amounts"
	// Statuses: fact "status": the payout walks to it and stays. Then
	// MarkAction status, read until it holds still.
	Statuses Exercise = "statuses"
	// UnknownStatus: the payout shows a status that no document has, "on_hold".
	UnknownStatus Exercise = "unknown-status"
	// Duplicate: a payout is completed; its completed event is delivered twice
	// more in sequence and once more concurrently (two at once), same event id.
	// MarkAction status and effects with fact "when" "before" and "after".
	Duplicate Exercise = "duplicate"
	// OutOfOrder: a newer event, then an older one. MarkAction status "before"
	// (after the newer) and "after".
	OutOfOrder Exercise = "out-of-order"
	// UnknownEventType: an event of an unknown type. MarkAction as Duplicate.
	UnknownEventType Exercise = "unknown-event"
	// Forged: a payout is held pending; every Variant is delivered, each with a
	// Genuine delivery before and after. MarkAction status and effects with
	// facts "when" "before"/"after" and "delivery" (the variant's delivery id).
	Forged Exercise = "forged-webhooks"
	// ShortBalance: an amount above what was available since the run began;
	// facts "available" (highest seen), "total" (lowest seen).
	ShortBalance Exercise = "short-balance"
	// HeldBalance: an amount between available and total; facts as ShortBalance.
	HeldBalance Exercise = "held-balance"
	// ExactBalance: available covers amount and fee exactly.
	ExactBalance Exercise = "exact-balance"
	// SamePayee: two operations with the same bank details, one after the other.
	SamePayee Exercise = "same-payee"
	// Pages: the list action over the made-up list (FaultPages). MarkAction list
	// with fact "value", the count it answered.
	Pages Exercise = "pages"
	// PagesError: the same walk with one 503 in the middle.
	PagesError Exercise = "pages-error"
	// UntrustedCertificate, WrongHostCertificate, ExpiredCertificate: the next
	// handshakes show that leaf while an operation is tried; then the trusted
	// leaf again and another operation with fact "case" "control".
	UntrustedCertificate Exercise = "untrusted-certificate"
	WrongHostCertificate Exercise = "wrong-host-certificate"
	ExpiredCertificate   Exercise = "expired-certificate"
	// Alert: the harness's alert sink was called: MarkAlert.
	Alert Exercise = "alert"
	// ByHand: what a person had the app or the harness do; not of the plan.
	ByHand Exercise = "by-hand"
)

// Exercises are all of them, in the plan's order.
var Exercises = []Exercise{
	Pay, LostResponse, ResetBeforeSend, Resubmit, ServerError, NonJSON, TrapAmounts, Statuses, UnknownStatus,
	Duplicate, OutOfOrder, UnknownEventType, Forged, SamePayee, HeldBalance,
	RateLimited, ClientError, EndlessError, ServerErrorGentle, ShortBalance, Pages, PagesError,
	UntrustedCertificate, WrongHostCertificate, ExpiredCertificate, CrashRestart, Alert,
	ExactBalance, // last: it leaves an app of one currency without funds
}

// MarkKind says what a mark means.
type MarkKind string

const (
	MarkBegin     MarkKind = "exercise-begin"
	MarkEnd       MarkKind = "exercise-end"
	MarkSkipped   MarkKind = "exercise-skipped" // facts "reason", "do"
	MarkOperation MarkKind = "operation"        // the pay action is about to be called; facts amount, currency and the exercise's own
	MarkAnswered  MarkKind = "operation-answered"
	MarkSettled   MarkKind = "operation-settled" // no mutation came for twice the last delay, at least 2 s; fact "patience" "spent" when it never held still
	// MarkAction: an action other than pay answered. Facts "action" (status,
	// effects, list, cancel), "code" (HTTP status or exit code), "value", "when",
	// "delivery"; "error" when it could not be asked.
	MarkAction   MarkKind = "action"
	MarkAgain    MarkKind = "again"    // the same pay is about to be called once more
	MarkUpstream MarkKind = "upstream" // what Anton holds: fact "payouts", how many for the reference
	MarkBalance  MarkKind = "balance"  // facts "currency", "available", "total": seen at Anton by the harness
	MarkStarted  MarkKind = "app-started"
	MarkReady    MarkKind = "app-ready"
	MarkKilled   MarkKind = "app-killed"
	MarkExited   MarkKind = "app-exited" // by itself; fact "code"
	MarkOutput   MarkKind = "app-output" // at the end; fact "lines": lines of log seen, all streams
	// MarkStall: the machine was too busy to keep time. Facts "late" (by how much
	// a timer of the harness was late at worst), "within" (how long before the mark).
	MarkStall MarkKind = "machine-stall"
	MarkAlert MarkKind = "alert"
	MarkCause MarkKind = "cause" // facts "cause" (ca-not-trusted, unauthorized, no-action, app-gone), "text", "do", "reason" of the exercises left out for it
	MarkNote  MarkKind = "note"  // fact "text": shown on the report, not judged
	// MarkSource: a tree was searched to its end. Facts "tree" ("source" or
	// "public"), "files" (how many were read), "commit" where it is a git tree.
	// What was found is in Finding events, places "src:…" and "public:…".
	MarkSource MarkKind = "source"
	// MarkConfig: a production configuration file was read. Facts "file",
	// "lines". What was found is in Finding events, places "config:FILE:LINE".
	MarkConfig MarkKind = "config"
	// MarkReceiver: a TLS handshake with a registered webhook host. Facts "url",
	// "subscription"; "addresses" where the name was looked up; "version" of a
	// good handshake; "certificate" why a certificate does not validate;
	// "error" why there was no handshake.
	MarkReceiver MarkKind = "receiver"
	// MarkReads: golive watch's own reads so far. Facts "total", "4xx", "5xx",
	// "silent" (no answer), "unseen" (events whose deliveries were not read).
	MarkReads MarkKind = "reads"
	// MarkArmed: a person armed a fault for the next payout request: facts
	// "fault" ("": taken back), "times".
	MarkArmed MarkKind = "armed"
	// MarkSigned: a person signed an item off: facts "item", "by", "outcome" (as
	// it stood then), "remark"; or took that back: "withdrawn" "yes".
	MarkSigned MarkKind = "signed-off"
)

// Operation is everything the app does for one reference, put together from
// the marks. A zero time is a moment that did not come.
type Operation struct {
	Reference string
	Exercise  Exercise
	Facts     map[string]string
	Begin     *Mark
	Answered  *Mark // nil: the action has not returned; facts "code", "error"
	Again     *Mark // nil: pay was called once
	Settled   *Mark
}

// Ref names the operation by the mark that began it.
func (o *Operation) Ref() string { return o.Begin.ID }
