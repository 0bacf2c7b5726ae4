# Everything is done by the scripts in .make, each of which also runs by itself. Two commands matter: make run, make test.
.PHONY: help run dev check test bench contract screenshots sqlx
.DEFAULT_GOAL := help
.NOTPARALLEL:

help: ## this list
	@.make/help

run: ## set up, build for release, serve on http://127.0.0.1:3000
	@.make/run

dev: ## build for development, serve, rebuild and reload on change
	@.make/dev

check: ## formatting and lints, native and wasm
	@.make/check

test: ## everything that must hold, from nothing: lints, tests on a real PostgreSQL, journeys in a real browser
	@.make/test

bench: ## measure the release build
	@.make/bench

contract: ## try the API against its own description
	@.make/contract

screenshots: ## a picture of every screen, light and dark, wide and narrow
	@.make/screenshots

sqlx: ## refresh .sqlx after a query or a migration changed
	@.make/sqlx
