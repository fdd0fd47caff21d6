// Package oauth gets OAuth2 access tokens for mailboxes, without the user where
// that can be.
//
//  1. A [Source] hands tokens to sessions, and replaces them in time.
package oauth
