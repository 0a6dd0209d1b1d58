//! `skep user tfa …`
//!
//! Secrets and codes are shown and forgotten: nothing is stored on this machine. What is shown to be read goes to standard
//! error, so that the recovery codes alone can be sent to a file.

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use skep_client::api::{Api, ApiError, NewTwoFactor, SecondFactor};
use skep_client::secret::Secret;

use super::{Context, block_on};
use crate::args::{TfaCommand, TfaDisableArgs, TfaEnableArgs, TfaRecoveryCodesArgs};
use crate::commands::done::done;
use crate::commands::failure::{NO_ACCOUNT, because};
use crate::output::options::options;
use crate::output::{self, prompt, qr};

/// How often a code may be mistyped.
const TRIES: usize = 3;

pub(crate) fn run(context: &Context, command: TfaCommand) -> Result<()> {
    match command {
        TfaCommand::Enable(args) => enable(context, args),
        TfaCommand::Disable(args) => disable(context, args),
        TfaCommand::RecoveryCodes(args) => recovery_codes(context, args),
        TfaCommand::Status => status(context),
    }
}

fn enable(context: &Context, args: TfaEnableArgs) -> Result<()> {
    let api = context.api()?;
    let codes = match args.code {
        Some(code) => block_on(async { Ok(api.confirm_two_factor(&code).await?) }),
        None => {
            let password = prompt::password("Password", args.password_stdin, false)?;
            let new = block_on(async { Ok(api.begin_two_factor(&password).await?) });
            let new = new.context("cannot enable two-factor authentication")?;
            if !output::is_interactive() {
                return begun(&new);
            }
            show(&new)?;
            confirm(&api)
        }
    };
    let codes = codes.context("cannot enable two-factor authentication")?;
    output::note("Two-factor authentication is on.");
    print_codes(&codes)
}

/// Where nobody can be asked for the code, the command ends in the middle.
fn begun(new: &NewTwoFactor) -> Result<()> {
    if options().json {
        return output::json(&json!({ "secret": new.secret.expose(), "uri": new.uri.expose() }));
    }
    output::print(new.uri.expose())?;
    output::note("Two-factor authentication is not on yet. To finish: skep user tfa enable --code CODE");
    Ok(())
}

fn show(new: &NewTwoFactor) -> Result<()> {
    output::note("Scan this with your authenticator app:\n");
    qr::draw(new.uri.expose())?;
    output::note(format!("\nor type this key into it: {}\n", groups(new.secret.expose())));
    Ok(())
}

/// A long key in pieces that can be typed.
fn groups(key: &str) -> String {
    let characters: Vec<char> = key.chars().collect();
    let groups: Vec<String> = characters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

fn confirm(api: &Api) -> Result<Vec<Secret>> {
    for _ in 1..TRIES {
        let code = ask_code()?;
        match block_on(async { Ok(api.confirm_two_factor(&code).await) })? {
            Err(ApiError::Refused(refusal)) if refusal.fields.iter().any(|(field, _)| field == "code") => {
                output::note(refusal.to_string());
            }
            answer => return Ok(answer?),
        }
    }
    let code = ask_code()?;
    block_on(async { Ok(api.confirm_two_factor(&code).await?) })
}

fn disable(context: &Context, args: TfaDisableArgs) -> Result<()> {
    let api = context.api()?;
    let password = prompt::password("Password", args.password_stdin, false)?;
    let factor = match (args.code, args.recovery_code) {
        (_, Some(code)) => SecondFactor::RecoveryCode(code),
        (Some(code), None) => SecondFactor::Code(code),
        (None, None) => SecondFactor::Code(ask_code()?),
    };
    let disabled = block_on(async { Ok(api.disable_two_factor(&password, &factor).await?) });
    disabled.context("cannot disable two-factor authentication")?;
    output::note("Two-factor authentication is off.");
    done("disabled", json!({ "server": api.base().as_str() }), String::new())
}

fn recovery_codes(context: &Context, args: TfaRecoveryCodesArgs) -> Result<()> {
    let api = context.api()?;
    let password = prompt::password("Password", args.password_stdin, false)?;
    let code = args.code.map_or_else(ask_code, Ok)?;
    let codes = block_on(async { Ok(api.rotate_recovery_codes(&password, code).await?) });
    let codes = codes.context("cannot make new recovery codes")?;
    output::note("The old recovery codes are of no use any more.");
    print_codes(&codes)
}

fn status(context: &Context) -> Result<()> {
    let api = context.api()?;
    let status = block_on(async {
        let status = api.two_factor().await;
        status.map_err(because("cannot tell whether two-factor authentication is on", NO_ACCOUNT))
    })?;
    if options().json {
        return output::json(&status);
    }
    let text = match (status.enabled, status.recovery_codes_left) {
        (true, 1) => "on, 1 recovery code left".to_owned(),
        (true, left) => format!("on, {left} recovery codes left"),
        (false, _) => "off".to_owned(),
    };
    Ok(output::print(text)?)
}

fn ask_code() -> Result<String> {
    prompt::ask("Code of the app", "--code")
}

fn print_codes(codes: &[Secret]) -> Result<()> {
    if codes.is_empty() {
        bail!("the server gave no recovery codes");
    }
    let codes: Vec<&str> = codes.iter().map(Secret::expose).collect();
    if options().json {
        return output::json(&json!({ "recovery_codes": codes }));
    }
    output::note(
        "Keep these recovery codes: each replaces a code of the app once. They are not shown again.\n",
    );
    Ok(output::print(codes.join("\n"))?)
}
