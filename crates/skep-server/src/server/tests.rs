use futures::FutureExt;

use super::*;

#[tokio::test]
async fn further_connections_wait() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let places = Arc::new(Semaphore::new(1));
    let _first = TcpStream::connect(address).await.unwrap();
    let second = TcpStream::connect(address).await.unwrap();
    let (_stream, _peer, place) = accept(&listener, &places).await.unwrap();
    let mut next = Box::pin(accept(&listener, &places));
    assert!((&mut next).now_or_never().is_none());
    // It is the place that is missing, not the connection.
    listener.accept().now_or_never().unwrap().unwrap();
    drop(second);
    let third = TcpStream::connect(address).await.unwrap();
    assert!((&mut next).now_or_never().is_none());
    drop(place);
    let (_stream, peer, _place) = next.await.unwrap();
    assert_eq!(peer, third.local_addr().unwrap());
}

#[test]
fn connections_leave_files_to_the_stores() {
    let shown = |soft: &str| {
        let limits = format!(
            "Limit                     Soft Limit           Hard Limit           Units     \n\
             Max processes             63426                63426                processes \n\
             Max open files            {soft:<20} 524288               files     \n"
        );
        max_connections(&limits)
    };
    assert_eq!(shown("1024"), 768);
    assert_eq!(shown("1048576"), MAX_CONNECTIONS);
    assert_eq!(shown("unlimited"), MAX_CONNECTIONS);
    assert_eq!(shown("1"), 1);
    assert_eq!(max_connections(""), MAX_CONNECTIONS);
}
