//! Takes connections. Whoever is slow with the handshake makes room for others, the first who came first.

use super::Input;
use super::world::World;
use crate::transport::Transport;
use node::limits::HANDSHAKES_MAX;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;

pub(super) fn start(listener: TcpListener, world: &World) -> AbortHandle {
    tokio::spawn(accept(listener, world.transport.clone(), world.inputs.clone())).abort_handle()
}

async fn accept(listener: TcpListener, transport: Transport, inputs: UnboundedSender<Input>) {
    let mut handshakes: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        if handshakes.len() >= HANDSHAKES_MAX {
            handshakes.retain(|handshake| !handshake.is_finished());
        }
        if handshakes.len() >= HANDSHAKES_MAX {
            handshakes.pop_front().inspect(|oldest| oldest.abort());
        }
        let Ok((tcp, _)) = listener.accept().await else {
            // Out of descriptors, most likely: others have to end first.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (transport, inputs) = (transport.clone(), inputs.clone());
        let handshake = tokio::spawn(async move {
            if let Some(link) = transport.accept(tcp).await {
                let _ = inputs.send(Input::Linked { link: Box::new(link), dial: None });
            }
        });
        handshakes.push_back(handshake.abort_handle());
    }
}
