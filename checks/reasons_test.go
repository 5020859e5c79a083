package checks

import "testing"

func TestDiscreet(t *testing.T) {
	for reason, want := range map[string]string{
		"The receiving bank rejected the payment":            "The receiving bank rejected the payment",
		"R03: no account 12345678 of maria@merchant.example": "R03: no account … of …",
		"DE89370400440532013000\nis closed":                  "… is closed",
	} {
		if got := discreet(reason); got != want {
			t.Errorf("%q is %q, want %q", reason, got, want)
		}
	}
}
