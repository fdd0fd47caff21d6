package oauth

import (
	"context"
	"errors"
)

// Device lets the user agree on any machine, by typing a code that show tells.
// It waits until the code runs out, some 15 minutes.
func (c Client) Device(ctx context.Context, account string, show func(address, code string)) (Grant, error) {
	config, err := c.config("")
	if err != nil {
		return Grant{}, err
	}
	ctx = with(ctx, c.HTTP)
	asked, err := config.DeviceAuth(ctx)
	if err != nil {
		return Grant{}, explain(ctx, c.Name, account, err)
	}
	show(asked.VerificationURI, asked.UserCode)
	t, err := config.DeviceAccessToken(ctx, asked)
	switch {
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return Grant{}, &Fault{Text: "the code was not typed in time", Advice: "run the same command again"}
	case err != nil:
		return Grant{}, explain(ctx, c.Name, account, err)
	}
	return c.grant(account, t)
}
